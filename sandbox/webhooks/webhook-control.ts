/** Routes of tests for webhooks: addresses and rates, what was sent, and sending by hand. */
import type { FastifyInstance } from 'fastify';
import { BadControl, bodyOf } from '../control-body.ts';
import type { RemovalReason } from './developers-webhooks.ts';
import { checkRates, type MischiefRates } from './mischief.ts';
import type { Webhooks } from './webhooks.ts';

const base = '/sandbox/webhooks';

interface Settings extends Partial<MischiefRates> {
  /** Null for none. */
  readonly shopAddress?: string | null;
  readonly developersAddress?: string | null;
  readonly parallel?: number;
}

export function registerWebhookControl(app: FastifyInstance, webhooks: Webhooks): void {
  const { shop, developers, sender, deliveries } = webhooks;
  const settings = () => ({
    shopAddress: shop.defaultAddress,
    developersAddress: developers.address,
    ...sender.rates,
    parallel: sender.parallel,
    developersApp: developers.app,
  });
  app.get(`${base}/settings`, settings);
  app.post(`${base}/settings`, (request) => {
    change(webhooks, bodyOf<Settings>(request.body));
    return settings();
  });
  app.get<{ Querystring: { since?: string } }>(base, (request) =>
    deliveries.since(Number(request.query.since ?? 0)),
  );
  app.delete(base, () => {
    deliveries.clear();
    return {};
  });
  /** How many are on their way, and what became of all. */
  app.get(`${base}/state`, () => ({ ...sender.busy, totals: deliveries.totals }));
  registerSending(app, webhooks);
}

function change({ shop, developers, sender }: Webhooks, body: Settings): void {
  const { shopAddress, developersAddress, parallel, ...rates } = body;
  if (shopAddress !== undefined) shop.defaultAddress = shopAddress;
  if (developersAddress !== undefined) developers.address = developersAddress;
  if (parallel !== undefined) sender.parallel = parallel;
  const { duplicated, disordered, lost } = { ...sender.rates, ...rates };
  try {
    sender.rates = checkRates({ duplicated, disordered, lost });
  } catch (error) {
    throw error instanceof RangeError ? new BadControl(error.message) : error;
  }
}

function registerSending(app: FastifyInstance, { shop, developers, now }: Webhooks): void {
  /** Of a shop, or of a creator. */
  app.post(`${base}/send`, (request) => {
    const body = bodyOf<{
      type: number;
      shopId?: string;
      creatorOpenId?: string;
      data?: Record<string, unknown>;
    }>(request.body);
    const { type, shopId, creatorOpenId, data = {} } = body;
    const event = { type, at: now(), data };
    if (creatorOpenId !== undefined) shop.tellOfCreator(creatorOpenId, event);
    else if (shopId !== undefined) shop.tell({ ...event, shopId });
    else throw new BadControl('Give shopId or creatorOpenId.');
    return {};
  });
  /** `authorization.removed` with a reason, or another event with its content. */
  app.post(`${base}/developers`, (request) => {
    const body = bodyOf<{
      userOpenId: string;
      reason?: RemovalReason;
      event?: string;
      content?: Record<string, unknown>;
    }>(request.body);
    const { userOpenId, reason, event, content = {} } = body;
    if (event !== undefined) developers.tell(event, userOpenId, content);
    else developers.tellRemoved(userOpenId, reason ?? 1);
    return {};
  });
}
