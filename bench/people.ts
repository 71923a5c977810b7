/** The night's rewrite of the buyers of a large shop: a million in one file, a third of them over. */
import { rm, stat } from 'node:fs/promises';
import { shopOrderBuyers } from '../policy/streams/shop-order-buyers.ts';
import { openEngine } from '../warehouse/engine.ts';
import { PeopleFiles } from '../warehouse/people/people-files.ts';
import { openTestWarehouse } from '../warehouse/testing.ts';
import { show } from './rows/ad-rows.ts';

const buyers = 1_000_000;
/** A night has time for a hundred shops of this size. */
const secondsMax = 60;
const now = new Date('2026-11-24T03:00:00Z');

const columns = shopOrderBuyers.fields.map(({ name, type }) => {
  if (name === 'order_id') return '576900000000000000 + i';
  if (name === 'status') return `case when i % 3 = 0 then 'COMPLETED' else 'IN_TRANSIT' end`;
  if (name === 'create_time') return `TIMESTAMP '2026-09-01'`;
  if (name === 'update_time') return `TIMESTAMP '2026-10-01'`;
  if (type === 'id') return '7494000000000000000 + i * 7919';
  return type === 'json' ? `'[{"address_level":"L1"}]'` : `md5(i::VARCHAR || '${name}')`;
});

const test = await openTestWarehouse({ streams: [shopOrderBuyers], memoryLimitMb: 2048 });
await test.warehouse.close();
const engine = await openEngine(test.options);
const people = await PeopleFiles.open({
  ...test.options,
  engine,
  streams: [shopOrderBuyers],
  buyersDays: undefined,
});
try {
  await people.create('shop');
  await engine.using((connection) =>
    people.files.write('shop', connection, async (alias) => {
      const names = shopOrderBuyers.fields.map(({ name }) => `"${name}"`).join(', ');
      await connection.run(
        `insert into "${alias}".main.shop_order_buyers (${names}, known_from)
         select ${columns.join(', ')}, TIMESTAMP '2026-10-01' from range(${buyers}) r(i)`,
      );
      await connection.run(
        `insert into "${alias}".book.ends select 'shop_order_buyers', order_id::VARCHAR, create_time, update_time
         from "${alias}".main.shop_order_buyers where status = 'COMPLETED'`,
      );
      await connection.run(`checkpoint "${alias}"`);
    }),
  );
  const sizeOf = async () => (await stat(people.files.path('shop'))).size / 1e6;
  const before = await sizeOf();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  const { kept, removed, destroyed } = await people.rewrite('shop', now);
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const isRight = kept === buyers - Math.ceil(buyers / 3) && destroyed.length === 1;
  show(
    `rewrite of ${buyers} buyers, ${removed} of them over`,
    `${seconds.toFixed(1)} s`,
    `under ${secondsMax} s, the old key destroyed`,
    seconds < secondsMax && isRight,
  );
  console.log(
    `     ${((user + system) / 1e6).toFixed(1)} CPU seconds; ${before.toFixed(0)} MB before, ${(await sizeOf()).toFixed(0)} MB after`,
  );
} finally {
  await people.close();
  engine.close();
  await test.keyring.close();
  await rm(test.folder, { recursive: true, force: true });
}
