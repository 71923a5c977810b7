/** A process for `shop.test.ts` to kill: loads orders, or rewrites their buyers' file, again and again. */
import { orderId, pullOrders, seconds, shopStreams } from '../../records/testing.ts';
import { openTestWarehouse } from '../../testing.ts';

export const orders = 120;
export const endedOrders = 40;

/** All orders as pull `number` brings them: each says the number in its money, its units and its buyer. */
const ordersOf = (number: number) =>
  Array.from({ length: orders }, (_, at) => ({
    id: orderId(at + 1),
    status: at < endedOrders ? 'COMPLETED' : 'IN_TRANSIT',
    create_time: seconds(1),
    update_time: seconds(2) + number,
    payment: { total_amount: String(number) },
    user_id: '7',
    recipient_address: { name: `pull ${number}` },
    line_items: [1, 2].map((unit) => ({ id: `${at + 1}${number}${unit}`, sale_price: '1' })),
  }));

if (process.argv[1] === import.meta.filename) {
  const [mode, folder, masterKey, from] = process.argv.slice(2) as [string, string, string, string];
  const home = { folder, masterKey: Buffer.from(masterKey, 'hex') };
  const test = await openTestWarehouse({ streams: shopStreams }, home);
  await test.warehouse.create('c1', 'tiktok-shop');
  for (let number = Number(from); ; number++) {
    if (mode === 'loads') await loadOrders(test, number);
    else await test.warehouse.rewritePeople('c1', new Date('2026-11-24T12:00:00Z'));
    console.log(number);
  }
}

export async function loadOrders(
  test: Parameters<typeof pullOrders>[0],
  number: number,
): Promise<void> {
  await pullOrders(test, 'c1', 0, ordersOf(number), {
    pullId: `pull-${number}`,
    pulledAt: new Date(number * 1000),
  });
}
