/**
 * The Shop API. Checks in TikTok's order: path, method, version; app_key; timestamp; sign; token; scope; cipher; rate;
 * then the endpoint's own.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tokenIdOf } from '../ads/access/authorisations.ts';
import type { FaultKind, Faults } from '../ads/faults.ts';
import type { RequestLog } from '../request-log.ts';
import { breakTransport, loseAnswer } from '../transport-faults.ts';
import type { ShopGrant } from './access/authorisations.ts';
import { isSignedBy } from './access/signature.ts';
import {
  invalidRequest,
  newRequestId,
  ShopRefusal,
  shopEnvelope,
  shopRefusalEnvelope,
} from './answers.ts';
import { type ShopContext, type ShopEndpoint, secondsOf } from './endpoint.ts';
import { shopEndpoints } from './endpoints.ts';
import { ShopParameters } from './parameters.ts';
import type { ShopRate } from './rate.ts';
import { createRouter, type Route } from './router.ts';
import type { Shop } from './world.ts';

export interface ShopApi extends ShopContext {
  readonly requests: RequestLog<ShopRequestEntry>;
  readonly faults: Faults;
  readonly rate: ShopRate;
}

export interface ShopRequestEntry {
  /** Counts up from 1; `since` takes it. */
  readonly sequence: number;
  /** Real milliseconds. */
  readonly at: number;
  readonly clockAt: string;
  readonly method: string;
  /** The template of the path, or the path itself where there is no such endpoint. */
  readonly path: string;
  readonly url: string;
  readonly shopId: string | null;
  /** A hash of the token, never the token. */
  readonly tokenId: string | null;
  /** The envelope's code; null where the answer was none. */
  readonly code: number | null;
  readonly httpStatus: number;
  readonly tookMs: number;
  /** Without what every call has. */
  readonly query: Readonly<Record<string, string>>;
  /** Of a JSON body, the start. */
  readonly body: string | null;
}

/** First parts of paths; others are none of this face. */
const categories = [
  'authorization',
  'customer_service',
  'event',
  'finance',
  'fulfillment',
  'logistics',
  'order',
  'product',
  'promotion',
  'return_refund',
  'seller',
  'supply_chain',
];

const route = createRouter(shopEndpoints);
const tooOldSeconds = 300;
const tooNewSeconds = 30;
const loggedBodyMax = 2_000;
const inEveryCall = new Set(['app_key', 'sign', 'timestamp', 'access_token', 'shop_cipher']);

/** Into a scope whose bodies are bytes as they were sent: signatures are over them. */
export function registerShopApi(app: FastifyInstance, api: ShopApi): void {
  for (const category of categories) {
    app.all(`/${category}/*`, (request, reply) => new Exchange(api, request, reply).run());
  }
}

/** One request and its answer. */
class Exchange {
  readonly #api: ShopApi;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #url: string;
  readonly #query: Readonly<Record<string, string>>;
  readonly #body: Buffer;
  readonly #contentType: string;
  readonly #startedAt = Date.now();
  readonly #now: Date;
  #path: string;
  #shop: Shop | null;

  constructor(api: ShopApi, request: FastifyRequest, reply: FastifyReply) {
    this.#api = api;
    this.#request = request;
    this.#reply = reply;
    const [url = '', query = ''] = request.url.split('?');
    this.#url = url;
    this.#path = url;
    this.#query = Object.fromEntries(new URLSearchParams(query));
    this.#body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    this.#contentType = request.headers['content-type'] ?? '';
    this.#now = api.clock.now();
    this.#shop = api.world.shopByCipher(this.#query.shop_cipher ?? '');
  }

  async run(): Promise<FastifyReply> {
    const requestId = newRequestId(this.#now);
    try {
      const found = route(this.#request.method, this.#url);
      this.#path = found.endpoint.path;
      const broken = await breakTransport(this.#request, this.#reply, {
        take: (kind) => this.#fault(kind),
        log: (status) => this.#log(null, status),
      });
      if (broken) return broken;
      const data = this.#answer(found);
      if (loseAnswer(this.#request, (kind) => this.#fault(kind))) {
        this.#log(0, 0);
        return this.#reply.hijack();
      }
      this.#log(0, 200);
      return this.#send(shopEnvelope(requestId, data));
    } catch (error) {
      if (!(error instanceof ShopRefusal)) {
        this.#log(null, 500);
        throw error;
      }
      this.#log(error.code, error.status);
      this.#reply.code(error.status);
      return this.#send(shopRefusalEnvelope(requestId, error));
    }
  }

  #answer({ endpoint, parts }: Route): unknown {
    const api = this.#api;
    api.agenda.catchUp(this.#now);
    this.#checkApp();
    this.#checkTimestamp();
    this.#checkSign();
    const grant = this.#findGrant();
    if (!endpoint.scopes.some((scope) => grant.scopes.includes(scope))) {
      throw new ShopRefusal(105_005, `Access denied: it needs ${endpoint.scopes.join(' or ')}.`);
    }
    this.#checkCipher(endpoint, grant);
    api.rate.take(endpoint.path, this.#shop?.id ?? grant.sellerId);
    const fault = this.#fault('code');
    if (fault) {
      const { code = 36_009_003, message = 'Internal error.', status } = fault;
      throw new ShopRefusal(code, message, status);
    }
    return endpoint.answer(
      {
        path: endpoint.path,
        parts,
        query: new ShopParameters(this.#query, endpoint.invalidCode),
        body: this.#readBody(endpoint),
        rawBody: this.#body,
        contentType: this.#contentType,
        grant,
        shop: this.#shop,
        now: this.#now,
      },
      api,
    );
  }

  #checkApp(): void {
    if (this.#query.app_key !== this.#api.app.appKey) throw invalidRequest('Invalid app_key.');
  }

  #checkTimestamp(): void {
    const text = this.#query.timestamp ?? '';
    if (!/^\d{10}$/.test(text)) throw invalidRequest('Invalid timestamp.');
    const age = secondsOf(this.#now) - Number(text);
    if (age > tooOldSeconds) throw invalidRequest('Invalid timestamp: older than 5 minutes.');
    if (age < -tooNewSeconds) throw invalidRequest('Invalid timestamp: over 30 seconds ahead.');
  }

  #checkSign(): void {
    const { sign } = this.#query;
    if (!sign) throw invalidRequest('The sign is missing.');
    const signed = {
      path: this.#url,
      query: this.#query,
      contentType: this.#contentType,
      body: this.#body,
    };
    if (!isSignedBy(this.#api.app.secret, sign, signed)) {
      throw new ShopRefusal(106_001, 'The sign is invalid.');
    }
  }

  #findGrant(): ShopGrant {
    const token = this.#request.headers['x-tts-access-token'];
    return this.#api.authorisations.find(typeof token === 'string' ? token : '');
  }

  #checkCipher(endpoint: ShopEndpoint, grant: ShopGrant): void {
    const given = this.#query.shop_cipher;
    if (endpoint.cipher === 'absent') {
      if (given !== undefined) throw invalidRequest('Unexpected identifier: shop_cipher.');
      return;
    }
    if (!given) throw new ShopRefusal(106_013, 'The shop_cipher is missing.');
    if (this.#shop?.sellerId !== grant.sellerId) {
      throw new ShopRefusal(101_000, 'The access token does not belong to this shop.');
    }
  }

  #readBody({ method, multipart, invalidCode }: ShopEndpoint): ShopParameters {
    if (multipart || method === 'GET') return new ShopParameters({}, invalidCode);
    if (this.#body.length > 0 && !this.#contentType.toLowerCase().includes('application/json')) {
      throw new ShopRefusal(36_009_022, 'The content type must be application/json.');
    }
    return ShopParameters.fromBody(this.#body, invalidCode);
  }

  #send(text: string): FastifyReply {
    const cut = this.#fault('truncate');
    const body = cut ? text.slice(0, Math.floor(text.length / 2)) : text;
    return this.#reply.type('application/json').send(body);
  }

  #fault(kind: FaultKind) {
    const target = { path: this.#path, advertiserId: null, shopId: this.#shop?.id ?? null };
    return this.#api.faults.take(kind, target);
  }

  #log(code: number | null, httpStatus: number): void {
    const token = this.#request.headers['x-tts-access-token'];
    const json = this.#contentType.includes('json') && this.#body.length > 0;
    this.#api.requests.add({
      at: this.#startedAt,
      clockAt: this.#now.toISOString(),
      method: this.#request.method,
      path: this.#path,
      url: this.#url,
      shopId: this.#shop?.id ?? null,
      tokenId: typeof token === 'string' ? tokenIdOf(token) : null,
      code,
      httpStatus,
      tookMs: Date.now() - this.#startedAt,
      query: Object.fromEntries(
        Object.entries(this.#query).filter(([name]) => !inEveryCall.has(name)),
      ),
      body: json ? this.#body.subarray(0, loggedBodyMax).toString('utf8') : null,
    });
  }
}
