/** The token host: a code or a refresh token becomes tokens. Not signed; the app's secret is in the query. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FaultKind } from '../../ads/faults.ts';
import { breakTransport, loseAnswer } from '../../transport-faults.ts';
import {
  invalidRequest,
  newRequestId,
  ShopRefusal,
  shopEnvelope,
  shopRefusalEnvelope,
} from '../answers.ts';
import type { ShopFace } from '../shop-face.ts';
import type { ShopGrant } from './authorisations.ts';
import { announceEnd } from './endings.ts';

type Query = Readonly<Record<string, string>>;

interface TokenEndpoint {
  readonly path: string;
  readonly grantTypes: readonly string[];
  grant(query: Query, face: ShopFace): ShopGrant;
}

const endpoints: readonly TokenEndpoint[] = [
  {
    path: '/api/v2/token/get',
    grantTypes: ['authorized_code'],
    grant(query, face) {
      const grant = face.authorisations.exchange(query.auth_code ?? '', (id) =>
        face.world.seller(id),
      );
      announceEnd(grant, face);
      return grant;
    },
  },
  {
    path: '/api/v2/token/refresh',
    // TikTok's own SDK sends the first one here too.
    grantTypes: ['refresh_token', 'authorized_code'],
    grant: (query, face) => face.authorisations.refresh(query.refresh_token ?? ''),
  },
];

export function registerTokenHost(app: FastifyInstance, face: ShopFace): void {
  for (const endpoint of endpoints) {
    app.get(endpoint.path, (request, reply) => answer(endpoint, face, request, reply));
  }
}

async function answer(
  endpoint: TokenEndpoint,
  face: ShopFace,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const startedAt = Date.now();
  const { path } = endpoint;
  const take = (kind: FaultKind) => face.faults.take(kind, { path, advertiserId: null });
  /** Without the query: secrets are in it. */
  const log = (code: number | null, httpStatus: number): void =>
    face.requests.add({
      ...{ at: startedAt, clockAt: face.clock.now().toISOString(), method: 'GET', path, url: path },
      ...{ shopId: null, tokenId: null, code, httpStatus, tookMs: Date.now() - startedAt },
      ...{ query: {}, body: null },
    });
  const broken = await breakTransport(request, reply, {
    take,
    log: (status) => log(null, status),
  });
  if (broken) return broken;
  face.catchUp();
  const requestId = newRequestId(face.clock.now());
  reply.type('application/json');
  try {
    const fault = take('code');
    if (fault) throw new ShopRefusal(fault.code ?? 36_009_003, 'Internal error.', fault.status);
    const data = tokenData(grantOf(endpoint, face, request.query as Query), face);
    if (loseAnswer(request, take)) {
      log(0, 0);
      return reply.hijack();
    }
    log(0, 200);
    return reply.send(shopEnvelope(requestId, data));
  } catch (error) {
    if (!(error instanceof ShopRefusal)) throw error;
    log(error.code, error.status);
    return reply.code(error.status).send(shopRefusalEnvelope(requestId, error));
  }
}

function grantOf(endpoint: TokenEndpoint, face: ShopFace, query: Query): ShopGrant {
  const { app_key, app_secret, grant_type = '' } = query;
  if (app_key !== face.app.appKey) throw invalidRequest('Invalid app_key.');
  if (app_secret !== face.app.secret) throw invalidRequest('Invalid app_secret.');
  if (!endpoint.grantTypes.includes(grant_type)) throw invalidRequest('Invalid grant_type.');
  return endpoint.grant(query, face);
}

/** Ends are absolute Unix seconds, whatever their names say. */
function tokenData(grant: ShopGrant, { world }: ShopFace) {
  const pair = grant.tokens.at(-1)!;
  const seller = world.seller(grant.sellerId)!;
  return {
    access_token: pair.accessToken,
    access_token_expire_in: pair.accessEndsAt,
    refresh_token: pair.refreshToken,
    refresh_token_expire_in: pair.refreshEndsAt,
    open_id: grant.openId,
    seller_name: seller.name,
    seller_base_region: seller.baseRegion,
    user_type: 0,
    granted_scopes: grant.scopes,
  };
}
