/** Our own TikTok: one server on loopback that answers as TikTok's API for Business does. */
import Fastify, { type FastifyInstance } from 'fastify';
import {
  type AppCredentials,
  Authorisations,
  appCredentials,
  type Grant,
} from './ads/access/authorisations.ts';
import { registerConsent } from './ads/access/consent.ts';
import {
  gmvMaxLimits,
  Quota,
  type QuotaLimits,
  reportTaskLimits,
  type Tier,
  tiers,
  ViolationLog,
} from './ads/access/quota.ts';
import { allScopes } from './ads/access/scopes.ts';
import { type BusinessApi, registerBusinessApi } from './ads/business-api.ts';
import { Faults } from './ads/faults.ts';
import { registerGmvMaxControl } from './ads/gmv-max/gmv-max-control.ts';
import { ReportTasks, type TaskTiming } from './ads/reports/report-tasks.ts';
import { SandboxClock } from './clock.ts';
import { type Control, registerControl } from './control.ts';
import { ImageStore, registerImages } from './images.ts';
import { RequestLog } from './request-log.ts';
import {
  createShopFace,
  registerShopFace,
  type ShopFace,
  type ShopFaceOptions,
} from './shop/shop-face.ts';
import { readState, writeState } from './state.ts';
import type { World } from './world.ts';

export interface SandboxOptions {
  readonly world: World;
  /** 0 takes a free one. */
  readonly port: number;
  /** Loopback only: its truth, fault and clock routes are open to anyone who reaches it. */
  readonly host?: '127.0.0.1';
  readonly quota: Tier;
  readonly seed: number;
  readonly app?: AppCredentials;
  readonly redirectUris?: readonly string[];
  /** Where tokens and the clock's offset outlive a restart; nowhere when absent. */
  readonly statePath?: string;
  readonly requestsMax?: number;
  readonly reportRowsMax?: number;
  readonly taskTiming?: TaskTiming;
  readonly mergeRepeatedHour?: boolean;
  /** TikTok Shop; its paths are unknown when absent. */
  readonly shop?: ShopFaceOptions;
}

export interface Sandbox {
  readonly origin: string;
  readonly app: AppCredentials;
  readonly world: World;
  readonly clock: SandboxClock;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly violations: ViolationLog;
  readonly appQuota: Quota;
  readonly taskQuota: Quota;
  readonly gmvMaxQuota: Quota;
  readonly authorisations: Authorisations;
  readonly shop: ShopFace | null;
  /** A token without a consent page; by default for all accounts and all scopes. */
  issueToken(advertiserIds?: readonly string[], scopes?: readonly number[]): Grant;
  registerRedirectUri(uri: string): void;
  close(): Promise<void>;
}

const defaults = {
  /** Some 50 MB at most, as the ring grows to twice its size before it is cut. */
  requestsMax: 50_000,
  reportRowsMax: 1_000_000,
  taskTiming: { queuingMs: 300, processingMs: 700 },
  /** A report task's parameters are small; uploads are not served. */
  bodyBytesMax: 1_048_576,
};

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { world, seed } = options;
  const app = options.app ?? appCredentials(seed);
  const state = readState(options.statePath);
  const clock = new SandboxClock(world.startsAt);
  if (state) clock.setOffset(state.offsetMs);
  const changed = () =>
    writeState(options.statePath, {
      offsetMs: clock.offsetMs,
      grants: authorisations.list(),
      shopGrants: shop?.authorisations.list() ?? [],
    });
  const authorisations = new Authorisations(clock, state?.grants ?? [], changed);
  const images = new ImageStore(clock, () => origin);
  const around = {
    ...{ clock, seed, images, changed },
    grants: state?.shopGrants ?? [],
    origin: () => origin,
  };
  const shop = options.shop ? createShopFace(options.shop, around) : null;
  const parts = {
    world,
    clock,
    app,
    authorisations,
    ...createQuotas(options.quota, app.appId),
    faults: new Faults(seed),
    tasks: new ReportTasks(world, clock, options.taskTiming ?? defaults.taskTiming),
    requests: new RequestLog(options.requestsMax ?? defaults.requestsMax),
    reportRowsMax: options.reportRowsMax ?? defaults.reportRowsMax,
    mergeRepeatedHour: options.mergeRepeatedHour ?? false,
    redirectUris: new Set(options.redirectUris),
    origin: () => origin,
    changed,
    shop,
    images,
    shops: shop?.world ?? null,
    seed,
  };
  const server = createServer();
  registerFaces(server, parts);
  const origin = await server.listen({ host: options.host ?? '127.0.0.1', port: options.port });
  const all = world.accounts.map((account) => account.advertiserId);
  return {
    ...parts,
    origin,
    issueToken: (advertiserIds = all, scopes = allScopes) =>
      authorisations.issueToken(advertiserIds, scopes),
    registerRedirectUri: (uri) => void parts.redirectUris.add(uri),
    close: () => {
      shop?.close();
      return server.close();
    },
  };
}

type Parts = BusinessApi & Control & { readonly images: ImageStore };

function registerFaces(server: FastifyInstance, parts: Parts): void {
  registerConsent(server, parts);
  registerBusinessApi(server, parts);
  registerControl(server, parts);
  registerGmvMaxControl(server, parts);
  registerFiles(server, parts.tasks);
  registerImages(server, parts.images);
  if (parts.shop) registerShopFace(server, parts.shop);
}

function createQuotas(tier: Tier, appId: string) {
  const violations = new ViolationLog();
  const limited = tier !== 'none';
  const quota = (name: string, limits: QuotaLimits) =>
    new Quota(name, appId, limited ? limits : null, violations);
  return {
    violations,
    appQuota: quota('app', tiers[limited ? tier : 'basic']),
    taskQuota: quota('report-task', reportTaskLimits),
    gmvMaxQuota: quota('gmv-max-report', gmvMaxLimits(tier)),
  };
}

/** Bodies stay text: an endpoint's own checks say what is wrong with them, in TikTok's order. */
function createServer(): FastifyInstance {
  const server = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: defaults.bodyBytesMax,
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  server.setNotFoundHandler((_request, reply) => {
    reply.code(404).type('text/plain').send('404 page not found');
  });
  return server;
}

/** Files of finished tasks, for an hour, without a token: the name is the secret. */
function registerFiles(server: FastifyInstance, tasks: ReportTasks): void {
  server.get<{ Params: { name: string } }>('/report-files/:name', (request, reply) => {
    const task = tasks.file(request.params.name);
    if (!task) return reply.code(403).type('text/plain').send('403 the link has expired');
    return reply.type('text/csv; charset=utf-8').send(tasks.csv(task));
  });
}
