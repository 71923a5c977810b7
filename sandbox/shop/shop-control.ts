/** Routes outside TikTok's paths for the Shop face, below `/sandbox/shop/`. For tests and the demo. */
import type { FastifyInstance } from 'fastify';
import { tokenIdOf } from '../ads/access/authorisations.ts';
import type { FaultRule } from '../ads/faults.ts';
import { BadControl, bodyOf } from '../control-body.ts';
import type { GrantChange, ShopGrant } from './access/authorisations.ts';
import { announceEnd, tellWithdrawal } from './access/endings.ts';
import { allShopScopes } from './access/scopes.ts';
import type { ShopFace } from './shop-face.ts';
import type { Seller } from './world.ts';

const base = '/sandbox/shop';

export function registerShopControl(app: FastifyInstance, face: ShopFace): void {
  registerShops(app, face);
  registerGrants(app, face);
  registerFaults(app, face);
  registerLog(app, face);
}

function registerShops(app: FastifyInstance, face: ShopFace): void {
  const { world } = face;
  app.get(`${base}/app`, () => ({ ...face.app, redirectUri: face.redirectUri }));
  app.post(`${base}/redirect-uri`, (request) => {
    face.redirectUri = new URL(bodyOf<{ uri: string }>(request.body).uri).href;
    return { redirectUri: face.redirectUri };
  });
  app.get(`${base}/sellers`, () => world.sellers);
  app.get(`${base}/shops`, () => world.shops);
  app.post(`${base}/advance`, (request) => {
    const { ms } = bodyOf<{ ms?: number }>(request.body);
    if (typeof ms !== 'number') throw new BadControl('Give ms.');
    face.advance(ms);
    return { now: face.clock.now().toISOString() };
  });
}

function sellerOf({ world }: ShopFace, id: string | undefined): Seller {
  const seller = id === undefined ? world.sellers[0] : world.seller(id);
  if (!seller) throw new BadControl('There is no such seller.');
  return seller;
}

/** What may be shown of a grant: hashes in place of tokens. */
function shown({ tokens, ...grant }: ShopGrant) {
  return {
    ...grant,
    tokens: tokens.map(({ accessToken, refreshToken, ...pair }) => ({
      ...pair,
      accessTokenId: tokenIdOf(accessToken),
      refreshTokenId: tokenIdOf(refreshToken),
    })),
  };
}

type OfSeller<T> = T & { sellerId?: string; grantId?: string };

function registerGrants(app: FastifyInstance, face: ShopFace): void {
  const { authorisations } = face;
  const change = ({ sellerId, grantId }: OfSeller<object>, over: GrantChange) => {
    const seller = sellerOf(face, sellerId);
    const touched = authorisations.change(seller.id, { grantId, ...over });
    return { seller, answer: { touched: touched.length } };
  };
  app.get(`${base}/authorisations`, () => authorisations.list().map(shown));
  /** Tokens without a consent page, with an end of their grant if one is given. */
  app.post(`${base}/tokens`, (request) => {
    const body = bodyOf<OfSeller<{ scopes?: string[]; grantSeconds?: number }>>(request.body);
    const seller = sellerOf(face, body.sellerId);
    const { scopes = allShopScopes, grantSeconds } = body;
    const grant = authorisations.issueGrant(seller, scopes, grantSeconds);
    announceEnd(grant, face);
    return grant;
  });
  /** The seller withdraws: tokens fail with `code`, and TikTok tells, unless `silent`. */
  app.post(`${base}/withdraw`, (request) => {
    const body = bodyOf<OfSeller<{ code?: number; silent?: boolean }>>(request.body);
    const { seller, answer } = change(body, { withdrawnCode: body.code ?? 105_002 });
    if (body.silent !== true && answer.touched > 0) tellWithdrawal(seller.id, face);
    return answer;
  });
  /** Access tokens end now; with `grant` everything does, with `endsAt` (Unix seconds) later. */
  app.post(`${base}/expire`, (request) => {
    const body = bodyOf<OfSeller<{ grant?: boolean; endsAt?: number }>>(request.body);
    const now = Math.floor(face.clock.now().getTime() / 1000);
    const endsAt = body.grant === true ? now : body.endsAt;
    const { answer, seller } = change(body, endsAt ? { endsAt } : { expireAccess: true });
    for (const grant of authorisations.list()) {
      if (grant.sellerId === seller.id && grant.endsAt === endsAt) announceEnd(grant, face);
    }
    return answer;
  });
  app.post(`${base}/scopes`, (request) => {
    const body = bodyOf<OfSeller<{ scopes: string[] }>>(request.body);
    return change(body, { scopes: body.scopes }).answer;
  });
}

function registerFaults(app: FastifyInstance, { faults }: ShopFace): void {
  app.get(`${base}/faults`, () => faults.list());
  app.post(`${base}/faults`, (request) => {
    const rules = bodyOf<FaultRule | FaultRule[]>(request.body);
    try {
      return { ids: [rules].flat().map((rule) => faults.add(rule)) };
    } catch (error) {
      throw error instanceof RangeError ? new BadControl(error.message) : error;
    }
  });
  app.delete<{ Querystring: { id?: string } }>(`${base}/faults`, (request) => {
    if (request.query.id === undefined) faults.clear();
    else faults.remove(Number(request.query.id));
    return {};
  });
}

function registerLog(app: FastifyInstance, { requests, rate }: ShopFace): void {
  app.get<{ Querystring: { since?: string } }>(`${base}/requests`, (request) =>
    requests.since(Number(request.query.since ?? 0)),
  );
  app.delete(`${base}/requests`, () => {
    requests.clear();
    return {};
  });
  app.get(`${base}/violations`, () => ({ total: rate.total, violations: rate.list() }));
  app.delete(`${base}/violations`, () => {
    rate.clear();
    return {};
  });
  /** Another limit of calls a second; null for none. */
  app.post(`${base}/rate`, (request) => {
    rate.limit = bodyOf<{ limit: number | null }>(request.body).limit;
    return {};
  });
}
