/** Both faces' webhooks together: one sender, one log. */
import type { ShopContext } from '../shop/endpoint.ts';
import { Deliveries } from './deliveries.ts';
import { DevelopersWebhooks, developersApp } from './developers-webhooks.ts';
import { Sender } from './sender.ts';
import { ShopWebhooks } from './shop-webhooks.ts';

export interface Webhooks {
  readonly shop: ShopWebhooks;
  readonly developers: DevelopersWebhooks;
  readonly sender: Sender;
  readonly deliveries: Deliveries;
  readonly now: () => Date;
  close(): Promise<void>;
}

type Surroundings = Pick<
  ShopContext,
  'agenda' | 'app' | 'authorisations' | 'clock' | 'events' | 'webhookSettings' | 'world'
>;

/** Listens to the shops' events from now on. */
export function createWebhooks(around: Surroundings, seed: number): Webhooks {
  const { agenda, app, clock, events, webhookSettings } = around;
  const now = (): Date => clock.now();
  const deliveries = new Deliveries();
  const sender = new Sender(clock, agenda, deliveries, seed);
  const shop = new ShopWebhooks({
    ...{ app, seed, sender, deliveries, now },
    addressOf: (shopId, type) => webhookSettings.addressOf(shopId, type),
    isAuthorised: (shopId) => isAuthorised(around, shopId),
  });
  events.listen((event) => shop.tell(event));
  const developers = new DevelopersWebhooks(developersApp(seed), sender, now);
  return { shop, developers, sender, deliveries, now, close: () => sender.close() };
}

function isAuthorised({ authorisations, clock, world }: Surroundings, shopId: string): boolean {
  const sellerId = world.shop(shopId)?.sellerId;
  const now = clock.now().getTime() / 1000;
  return authorisations
    .list()
    .some(
      (grant) => grant.sellerId === sellerId && grant.withdrawnCode === null && grant.endsAt > now,
    );
}
