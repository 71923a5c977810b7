/** Shops of a sandbox connected to a running hub, and their files held against the sandbox's own truth. */
import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import { sealContexts } from '../../policy/seals.ts';
import { pulledStreams, type StreamName } from '../../policy/streams/index.ts';
import type { Connection } from '../../registry/registry.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { allShopScopes } from '../../sandbox/shop/access/scopes.ts';
import { createShopWorld } from '../../sandbox/shop/generator/create-shop-world.ts';
import type { OrderGeneration } from '../../sandbox/shop/orders/order-book.ts';
import type { OrderTruth, ShopTruth } from '../../sandbox/shop/orders/order-truth.ts';
import type { FactsFile, TextRow } from '../facts-file.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';

export const shopStreamNames = pulledStreams('tiktok-shop').map(({ name }) => name as StreamName);

export interface ShopStory {
  readonly startsAt: Date;
  readonly seed?: number;
  readonly shops?: number;
  readonly products?: number;
  readonly orders: OrderGeneration;
  readonly backfillDays: number;
}

/** A hub whose sandbox has shops, and hardly any ads. */
export function startShopHub(story: ShopStory): Promise<RunningHub> {
  const { startsAt, seed = 5, shops = 1, products = 12, orders, backfillDays } = story;
  const world = createGeneratedWorld({ seed, accounts: 1, ads: 2, days: 1, startsAt });
  const shopWorld = createShopWorld({ seed, shops, products, startsAt });
  return startRunningHub({
    ...{ world, backfillDays },
    sandbox: { shop: { world: shopWorld, orders, rateLimited: false } },
  });
}

/** Consent by code, as after TikTok's redirect; resolves with a connection for each shop of the seller. */
export async function connectShops(
  { sandbox, registry, keyring, starter, workspace }: RunningHub,
  scopes: readonly string[] = allShopScopes,
): Promise<Connection[]> {
  const id = randomUUID();
  const face = sandbox.shop!;
  const seller = face.world.sellers[0]!;
  const key = await keyring.ensure('authorisation', id);
  const code = Buffer.from(face.authorisations.issueCode(seller.id, scopes));
  const sealedCode = await keyring.seal([key], sealContexts.authorisationCode(id), code);
  const platform = 'tiktok-shop';
  await registry.authorisations.create({ id, workspaceId: workspace.id, platform, sealedCode });
  await starter.connectAccount({ authorisationId: id, platform });
  return vi.waitFor(async () => {
    const all = await registry.connections.list({ workspaceId: workspace.id });
    const own = all.filter(({ authorisationId }) => authorisationId === id);
    const shops = face.world.shops.filter(({ sellerId }) => sellerId === seller.id);
    if (own.length < shops.length) throw new Error(`${own.length} of ${shops.length} connected`);
    return own;
  }, 60_000);
}

export async function shopTruth({ sandbox }: RunningHub, shopId: string): Promise<ShopTruth> {
  const url = new URL(`sandbox/shop/truth/orders?shop=${shopId}`, sandbox.origin);
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`The truth answers ${response.status}.`);
  return (await response.json()) as ShopTruth;
}

/** What of the truth's orders the file does not say in the same words; empty when all is equal. */
export async function orderDifferences(file: FactsFile, truth: ShopTruth): Promise<string[]> {
  const orders = await file.query(`select order_id, status, epoch(create_time)::BIGINT as created,
      epoch(update_time)::BIGINT as updated, currency, total_amount::DOUBLE as total, buyer
    from shop_orders where known_to is null`);
  const items = await file.query(`select line_item_id, order_id, sku_id, display_status,
      sale_price::DOUBLE as price from shop_order_line_items where known_to is null`);
  const stored = new Map(orders.map((row) => [row.order_id!, row]));
  const itemsOf = Map.groupBy(items, (row) => row.order_id!);
  const wrong = truth.orders.flatMap((order) => {
    const row = stored.get(order.id);
    if (row === undefined) return [`${order.id} is missing`];
    const found = [...orderText(row), ...(itemsOf.get(order.id) ?? []).map(itemText).sort()];
    const wanted = expectedText(order);
    return found.join() === wanted.join() ? [] : [`${found.join()} for ${wanted.join()}`];
  });
  if (stored.size !== orders.length) wrong.push('an order is there twice');
  if (orders.length !== truth.orders.length) {
    wrong.push(`${orders.length} orders for ${truth.orders.length}`);
  }
  return wrong;
}

const orderText = ({ status, created, updated, currency, total }: TextRow): string[] => [
  ...[status!, created!, updated!, currency!, String(Number(total))],
];

const itemText = ({ line_item_id, sku_id, display_status, price }: TextRow): string =>
  `${line_item_id} ${sku_id} ${display_status} ${Number(price)}`;

const expectedText = (order: OrderTruth): string[] => [
  ...[order.status, String(order.createTime), String(order.updateTime), order.currency],
  String(Number(order.totalAmount)),
  ...order.lineItems
    .map(({ id, skuId, status, salePrice }) => `${id} ${skuId} ${status} ${Number(salePrice)}`)
    .sort(),
];

/** Sums of each statement and of its transactions, as the file and as the truth has them. */
export async function statementDifferences(file: FactsFile, truth: ShopTruth): Promise<string[]> {
  const rows = await file.query(`select epoch(s.statement_time)::BIGINT as made_at,
      s.settlement_amount::DOUBLE as settlement, s.revenue_amount::DOUBLE as revenue,
      s.fee_amount::DOUBLE as fee, count(t.transaction_id) as transactions,
      coalesce(sum(t.settlement_amount), 0)::DOUBLE as settled
    from shop_statements s
    left join shop_statement_transactions t using (statement_id)
    where s.known_to is null group by all order by made_at`);
  const found = rows.map(
    ({ made_at, settlement, revenue, fee, transactions, settled }) =>
      `${made_at} ${cents(settlement)} ${cents(revenue)} ${cents(fee)} ${transactions} ${cents(settled)}`,
  );
  const wanted = truth.statements
    .toSorted((a, b) => a.statementTime - b.statementTime)
    .map((one) => {
      const settlement = cents(one.settlementAmount);
      const sums = `${settlement} ${cents(one.revenueAmount)} ${cents(one.feeAmount)}`;
      return `${one.statementTime} ${sums} ${one.transactions} ${settlement}`;
    });
  return [
    ...wanted.filter((text) => !found.includes(text)).map((text) => `missing: ${text}`),
    ...found.filter((text) => !wanted.includes(text)).map((text) => `not there: ${text}`),
  ];
}

const cents = (amount: string | null | undefined): number => Math.round(Number(amount) * 100);
