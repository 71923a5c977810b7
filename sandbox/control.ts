/** Routes outside TikTok's paths: clock, faults, log, truth, quotas, authorisations. For tests and the demo. */
import type { FastifyInstance } from 'fastify';
import type { AppCredentials, Authorisations } from './ads/access/authorisations.ts';
import type { Quota, QuotaLimits, ViolationLog } from './ads/access/quota.ts';
import { allScopes } from './ads/access/scopes.ts';
import type { FaultRule, Faults } from './ads/faults.ts';
import type { SandboxClock } from './clock.ts';
import { BadControl, bodyOf } from './control-body.ts';
import type { RequestLog } from './request-log.ts';
import type { ShopFace } from './shop/shop-face.ts';
import type { EntityLevel, TruthQuestion, World } from './world.ts';

export interface Control {
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
  readonly redirectUris: Set<string>;
  readonly changed: () => void;
  readonly shop: ShopFace | null;
}

function instant(text: string | undefined, fallback: Date): Date {
  const at = text === undefined ? fallback : new Date(text);
  if (Number.isNaN(at.getTime())) throw new BadControl('now must be an ISO 8601 instant.');
  return at;
}

export function registerControl(app: FastifyInstance, control: Control): void {
  registerClock(app, control);
  registerFaults(app, control);
  registerLog(app, control);
  registerTruth(app, control);
  registerAccess(app, control);
}

function registerClock(app: FastifyInstance, { clock, changed, shop }: Control): void {
  const read = () => ({ now: clock.now().toISOString(), offsetMs: clock.offsetMs });
  app.get('/sandbox/clock', read);
  app.post('/sandbox/clock', (request) => {
    const body = bodyOf<{ now?: string; offsetMs?: number; advanceMs?: number }>(request.body);
    const { now, offsetMs, advanceMs } = body;
    if (now === undefined && offsetMs === undefined && advanceMs === undefined) {
      throw new BadControl('Give now, offsetMs (from real time) or advanceMs.');
    }
    if (now !== undefined) clock.set(instant(now, clock.now()));
    if (offsetMs !== undefined) clock.setOffset(offsetMs);
    if (advanceMs !== undefined) clock.advance(advanceMs);
    shop?.catchUp();
    changed();
    return read();
  });
}

function registerFaults(app: FastifyInstance, { faults }: Control): void {
  app.get('/sandbox/faults', () => faults.list());
  app.post('/sandbox/faults', (request) => {
    const body = bodyOf<FaultRule | FaultRule[]>(request.body);
    try {
      return { ids: [body].flat().map((rule) => faults.add(rule)) };
    } catch (error) {
      throw error instanceof RangeError ? new BadControl(error.message) : error;
    }
  });
  app.delete<{ Querystring: { id?: string } }>('/sandbox/faults', (request) => {
    if (request.query.id === undefined) faults.clear();
    else faults.remove(Number(request.query.id));
    return {};
  });
}

function registerLog(app: FastifyInstance, control: Control): void {
  const { requests, violations, appQuota, taskQuota, gmvMaxQuota } = control;
  app.get<{ Querystring: { since?: string } }>('/sandbox/requests', (request) =>
    requests.since(Number(request.query.since ?? 0)),
  );
  app.delete('/sandbox/requests', () => {
    requests.clear();
    return {};
  });
  app.get('/sandbox/violations', () => ({
    total: violations.total,
    violations: violations.list(),
  }));
  app.delete('/sandbox/violations', () => {
    violations.clear();
    return {};
  });
  /** For tests: other limits, or time that passes for the minute and the day only. */
  app.post('/sandbox/quota', (request) => {
    const body = bodyOf<{ limits?: QuotaLimits | null; passMs?: number }>(request.body);
    if (body.limits !== undefined) appQuota.setLimits(body.limits);
    for (const quota of [appQuota, taskQuota, gmvMaxQuota]) quota.pass(body.passMs ?? 0);
    return {};
  });
}

function registerTruth(app: FastifyInstance, { world, clock }: Control): void {
  const answer = ({ now, ...question }: TruthQuestion & { now?: string }) =>
    world.truth(question, instant(now, clock.now()));
  app.post('/sandbox/truth', (request) => answer(bodyOf(request.body)));
  app.get<{ Querystring: { question?: string } }>('/sandbox/truth', (request) =>
    answer(bodyOf(request.query.question)),
  );
  app.get('/sandbox/accounts', () => world.accounts);
  app.get<{ Querystring: { level: EntityLevel; advertiserId: string; now?: string } }>(
    '/sandbox/entities',
    (request) => {
      const { level, advertiserId, now } = request.query;
      return world.entities(level, advertiserId, instant(now, clock.now()));
    },
  );
}

function registerAccess(app: FastifyInstance, control: Control): void {
  const { authorisations, world, redirectUris } = control;
  app.get('/sandbox/app', () => ({ ...control.app, redirectUris: [...redirectUris] }));
  app.get('/sandbox/authorisations', () =>
    authorisations.list().map(({ accessToken: _token, ...grant }) => grant),
  );
  /** A token without a consent page, for tests. */
  app.post('/sandbox/tokens', (request) => {
    const body = bodyOf<{ advertiserIds?: string[]; scopes?: number[] }>(request.body);
    const all = world.accounts.map((account) => account.advertiserId);
    return authorisations.issueToken(body.advertiserIds ?? all, body.scopes ?? allScopes);
  });
  /** The advertiser cancels at TikTok: an account leaves the token, or the token dies. */
  app.post('/sandbox/authorisations', (request) => {
    const body = bodyOf<{ advertiserId?: string; tokenId?: string; dead?: boolean }>(request.body);
    return { touched: authorisations.withdraw(body) };
  });
  app.post('/sandbox/redirect-uris', (request) => {
    redirectUris.add(new URL(bodyOf<{ uri: string }>(request.body).uri).href);
    return [...redirectUris];
  });
}
