/** The Shop face of the sandbox: puts its parts together and registers its routes. */
import type { FastifyInstance } from 'fastify';
import { Faults } from '../ads/faults.ts';
import type { SandboxClock } from '../clock.ts';
import type { ImageStore } from '../images.ts';
import { RequestLog } from '../request-log.ts';
import { registerWebhookControl } from '../webhooks/webhook-control.ts';
import { createWebhooks, type Webhooks } from '../webhooks/webhooks.ts';
import {
  type RefreshMode,
  ShopAuthorisations,
  type ShopGrant,
  shopAppCredentials,
} from './access/authorisations.ts';
import { registerShopConsent } from './access/consent.ts';
import { announceEnd } from './access/endings.ts';
import { registerTokenHost } from './access/tokens.ts';
import { Agenda } from './agenda.ts';
import type { ShopAppCredentials } from './endpoint.ts';
import { ShopEvents } from './events.ts';
import { registerLabels } from './fulfilment/labels.ts';
import { OrderBooks, type OrderGeneration } from './orders/order-book.ts';
import { registerOrderControl } from './orders/order-control.ts';
import { Audits } from './products/audits.ts';
import { BrandBook } from './products/brands.ts';
import { planDrift } from './products/drift.ts';
import { registerProductControl } from './products/product-control.ts';
import { callsPerSecond, ShopRate } from './rate.ts';
import { registerShopApi, type ShopApi, type ShopRequestEntry } from './shop-api.ts';
import { registerShopControl } from './shop-control.ts';
import { WebhookSettings } from './webhook-settings.ts';
import type { ShopWorld } from './world.ts';

export interface ShopFaceOptions {
  readonly world: ShopWorld;
  readonly app?: ShopAppCredentials;
  /** What a refresh does to the old tokens; `lenient` when absent. */
  readonly refreshMode?: RefreshMode;
  /** Without it, calls are counted and never refused for their number. */
  readonly rateLimited?: boolean;
  /** Where consents return to. */
  readonly redirectUri?: string;
  readonly requestsMax?: number;
  readonly orders?: OrderGeneration;
}

/** What the sandbox around it gives. */
export interface ShopSurroundings {
  readonly clock: SandboxClock;
  readonly seed: number;
  readonly grants: readonly ShopGrant[];
  readonly origin: () => string;
  readonly images: ImageStore;
  /** Grants have changed and are to be kept. */
  readonly changed: () => void;
}

export interface ShopFace extends ShopApi {
  redirectUri: string;
  readonly webhooks: Webhooks;
  /** Lets happen what the clock has brought about, also when nobody calls. */
  catchUp(): void;
  /** Moves the clock of the whole sandbox. */
  advance(milliseconds: number): void;
  close(): void;
}

const defaults = {
  requestsMax: 50_000,
  redirectUri: 'http://localhost:3000/callbacks/oauth/tiktok-shop',
  /** Pictures of 10 MB with some room for their form. */
  bodyBytesMax: 11 * 1_048_576,
  heartbeatMs: 100,
};

export function createShopFace(options: ShopFaceOptions, around: ShopSurroundings): ShopFace {
  const { world, refreshMode = 'lenient', rateLimited = true } = options;
  const { clock, seed, origin } = around;
  const agenda = new Agenda();
  const events = new ShopEvents();
  const catchUp = (): void => agenda.catchUp(clock.now());
  const heartbeat = setInterval(catchUp, defaults.heartbeatMs);
  heartbeat.unref();
  const audits = new Audits(world, agenda, events);
  const parts = {
    ...{ world, clock, agenda, events },
    app: options.app ?? shopAppCredentials(seed),
    authorisations: new ShopAuthorisations(clock, refreshMode, around.grants, around.changed),
    webhookSettings: new WebhookSettings(),
  };
  const webhooks = createWebhooks(parts, seed);
  const face: ShopFace = {
    ...{ ...parts, origin, catchUp, webhooks },
    audits,
    brands: new BrandBook(world),
    createdByKey: new Map(),
    orders: new OrderBooks(world, options.orders ?? {}, { agenda, events }),
    images: around.images,
    requests: new RequestLog<ShopRequestEntry>(options.requestsMax ?? defaults.requestsMax),
    faults: new Faults(seed),
    rate: new ShopRate(rateLimited ? callsPerSecond : null),
    redirectUri: options.redirectUri ?? defaults.redirectUri,
    advance(milliseconds) {
      clock.advance(milliseconds);
      catchUp();
      around.changed();
    },
    close() {
      clearInterval(heartbeat);
      void webhooks.close();
    },
  };
  for (const grant of around.grants) announceEnd(grant, face);
  audits.resume();
  planDrift(world.startsAt, face);
  return face;
}

export function registerShopFace(server: FastifyInstance, face: ShopFace): void {
  registerLabels(server, face);
  registerShopConsent(server, face);
  registerTokenHost(server, face);
  registerShopControl(server, face);
  registerProductControl(server, face);
  registerOrderControl(server, face);
  registerWebhookControl(server, face.webhooks);
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const asBytes = { parseAs: 'buffer', bodyLimit: defaults.bodyBytesMax } as const;
    scope.addContentTypeParser('*', asBytes, (_request, body, done) => done(null, body));
    registerShopApi(scope, face);
  });
}
