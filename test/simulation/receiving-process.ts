/** A process that takes TikTok's events and acts on them, for tests that kill it. What it does is written to a table. */
import { writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { createEventConsumer, type OrdersChanged } from '../../activities/consume-events.ts';
import { buildApp } from '../../api/app.ts';
import type { ApiDeps } from '../../api/deps.ts';
import { createShopWebhook } from '../../connectors/tiktok-shop/webhook.ts';
import { createKeyring } from '../../keyring/create.ts';
import { startEventLoop } from '../../main/event-loop.ts';
import { openRegistry } from '../../registry/open.ts';

const [databaseUrl = '', first = '', second = '', masterKey = ''] = process.argv.slice(2);
const clock = { now: () => new Date() };
const registry = await openRegistry({ databaseUrl, clock });
const keyring = await createKeyring({
  dirs: [first, second],
  masterKey: Buffer.from(masterKey, 'hex'),
  clock,
});
const effects = new pg.Client({ connectionString: databaseUrl });
await effects.connect();

const webhooks = [createShopWebhook({ appKey: 'app', secret: 'secret' })];
/** A cast: the parts of the API that no event touches are left out. */
const deps = {
  ...{ registry, keyring, clock, webhooks, bearerToken: 'a token', demo: false, logger: false },
  publicUrl: new URL('http://localhost/'),
  health: async () => ({ ready: true, parts: [] }),
} as unknown as ApiDeps;
const app = await buildApp(deps);
await app.listen({ port: 0, host: '127.0.0.1' });

const consumer = createEventConsumer({
  ...{ registry, keyring, clock, webhooks },
  starter: { revokeConnection: async () => {} },
  onProductsChanged: async () => {},
  onOrdersChanged: async (connectionId: string, { orderIds }: OrdersChanged) => {
    const sql = 'insert into effects select $1, unnest($2::text[])';
    await effects.query(sql, [connectionId, orderIds]);
  },
});
await startEventLoop({ registry, consumer, clock, log: () => {} });
writeSync(1, `${(app.server.address() as AddressInfo).port}\n`);
