/**
 * The Business API under `/open_api/v1.3/`. Checks in TikTok's order: route, header, token, rate, scope, advertiser,
 * parameters. Each answer that reaches the API is HTTP 200 with a code.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestLog } from '../request-log.ts';
import { breakTransport } from '../transport-faults.ts';
import { type Grant, tokenIdOf } from './access/authorisations.ts';
import { oauthEndpoints } from './access/oauth.ts';
import type { Quota } from './access/quota.ts';
import { permits } from './access/scopes.ts';
import {
  envelope,
  newRequestId,
  permission,
  Refusal,
  type Reply,
  refusalEnvelope,
} from './answers.ts';
import { audienceEndpoints } from './creatives/audiences.ts';
import { creativeEndpoints } from './creatives/creatives.ts';
import { pixelEndpoints } from './creatives/pixels.ts';
import type { AdsContext, Call, Endpoint } from './endpoint.ts';
import { advertiserInfo } from './entities/advertiser-info.ts';
import { entityEndpoints } from './entities/entities.ts';
import { spoilCsv, spoilJson } from './fault-effects.ts';
import type { FaultKind } from './faults.ts';
import { gmvMaxEndpoints } from './gmv-max/gmv-max-endpoints.ts';
import { Parameters } from './parameters.ts';
import { integratedReport } from './reports/report.ts';
import { reportTaskEndpoints } from './reports/report-task-endpoints.ts';

export interface BusinessApi extends AdsContext {
  readonly appQuota: Quota;
  readonly taskQuota: Quota;
  readonly gmvMaxQuota: Quota;
  readonly requests: RequestLog;
}

const base = '/open_api/v1.3/';
const endpoints: readonly Endpoint[] = [
  ...oauthEndpoints,
  advertiserInfo,
  ...entityEndpoints,
  integratedReport,
  ...reportTaskEndpoints,
  ...creativeEndpoints,
  ...audienceEndpoints,
  ...pixelEndpoints,
  ...gmvMaxEndpoints,
];

/** A published client asks for it without the slash that all other paths need. */
const slashless = new Map([['user/info', 'user/info/']]);

export function registerBusinessApi(app: FastifyInstance, api: BusinessApi): void {
  app.all(`${base}*`, async (request, reply) => {
    const given = request.url.split('?')[0]!.slice(base.length);
    const path = slashless.get(given) ?? given;
    if (!path.endsWith('/')) return reply.code(404).type('text/plain').send('404 page not found');
    const method = endpoints.find((endpoint) => endpoint.path === path)?.method;
    if (method && method !== request.method) {
      return reply.code(405).type('text/plain').send('405 method not allowed');
    }
    return new Exchange(api, request, reply, path).run();
  });
}

/** One request and its answer. */
class Exchange {
  readonly #api: BusinessApi;
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #path: string;
  readonly #parameters: Parameters;
  readonly #advertiserId: string | null;
  readonly #startedAt = Date.now();

  constructor(api: BusinessApi, request: FastifyRequest, reply: FastifyReply, path: string) {
    this.#api = api;
    this.#request = request;
    this.#reply = reply;
    this.#path = path;
    this.#parameters = readParameters(request);
    this.#advertiserId = this.#parameters.text('advertiser_id');
  }

  async run(): Promise<FastifyReply> {
    const broken = await breakTransport(this.#request, this.#reply, {
      take: (kind) => this.#fault(kind),
      log: (status) => this.#log(null, status),
    });
    if (broken) return broken;
    const requestId = newRequestId(this.#api.clock.now());
    this.#reply.header('X-TT-LOGID', requestId);
    try {
      const answer = this.#answer();
      this.#log(0);
      return this.#send(answer, requestId);
    } catch (error) {
      if (!(error instanceof Refusal)) {
        this.#log(null, 500);
        throw error;
      }
      this.#log(error.code);
      return this.#reply.type('application/json').send(refusalEnvelope(requestId, error));
    }
  }

  #answer(): Reply {
    const endpoint = endpoints.find((candidate) => candidate.path === this.#path);
    if (!endpoint) throw new Refusal(40400, 'Route not found.');
    const grant = endpoint.needsToken ? this.#findGrant() : null;
    this.#countCall(endpoint);
    if (grant) this.#checkRights(endpoint, grant);
    const fault = this.#fault('code');
    if (fault) throw new Refusal(fault.code ?? 50_000, fault.message ?? 'System error.');
    const call: Call = { path: this.#path, parameters: this.#parameters, grant };
    return endpoint.answer(call, this.#api);
  }

  #findGrant(): Grant {
    const token = this.#request.headers['access-token'];
    if (typeof token !== 'string' || token === '') {
      const how = 'you should set it in http header with key Access-Token.';
      throw new Refusal(40104, `Access token is null, ${how}`);
    }
    const grant = this.#api.authorisations.find(token);
    if (!grant) throw new Refusal(40105, 'Access token is incorrect or has been revoked.');
    return grant;
  }

  /** OAuth and revoke count too; a call for another app is not ours to count. */
  #countCall(endpoint: Endpoint): void {
    const named = this.#parameters.text('app_id') ?? this.#parameters.text('client_id');
    if (!endpoint.needsToken && named !== null && named !== this.#api.app.appId) return;
    if (this.#fault('restrict-minute')) this.#api.appQuota.pause('minute');
    if (this.#fault('restrict-day')) this.#api.appQuota.pause('day');
    this.#api.appQuota.take(this.#path);
    if (endpoint.ownQuota === 'report-task') this.#api.taskQuota.take(this.#path);
    if (endpoint.ownQuota === 'gmv-max-report') this.#api.gmvMaxQuota.take(this.#path);
  }

  #checkRights(endpoint: Endpoint, grant: Grant): void {
    if (endpoint.scope !== null && !permits(grant.scopes, endpoint.scope)) {
      throw permission('No permission: the scope of this endpoint was not granted.');
    }
    const advertisers =
      endpoint.advertisersOf?.(this.#parameters) ??
      (this.#advertiserId === null ? [] : [this.#advertiserId]);
    const foreign = advertisers.find((id) => !grant.advertiserIds.includes(id));
    if (foreign) throw permission(`No permission to operate advertiser ${foreign}.`);
  }

  #send(answer: Reply, requestId: string): FastifyReply {
    if (answer.headers) this.#reply.headers(answer.headers);
    if (answer.csv !== undefined) {
      const spoilt = spoilCsv(requestId, (kind) => this.#fault(kind));
      if (spoilt !== null) return this.#reply.type('application/json').send(spoilt);
      return this.#reply.type('text/csv; charset=utf-8').send(answer.csv);
    }
    const body = envelope(requestId, answer);
    const sent = this.#api.faults.isEmpty
      ? body
      : spoilJson(body.toString(), (kind) => this.#fault(kind));
    return this.#reply.type('application/json').send(sent);
  }

  #fault(kind: FaultKind) {
    return this.#api.faults.take(kind, { path: this.#path, advertiserId: this.#advertiserId });
  }

  #log(code: number | null, httpStatus = 200): void {
    const token = this.#request.headers['access-token'];
    const text = (name: string) => this.#parameters.text(name);
    this.#api.requests.add({
      at: this.#startedAt,
      clockAt: this.#api.clock.now().toISOString(),
      method: this.#request.method,
      path: this.#path,
      advertiserId: this.#advertiserId,
      tokenId: typeof token === 'string' ? tokenIdOf(token) : null,
      code,
      httpStatus,
      tookMs: Date.now() - this.#startedAt,
      page: text('page'),
      pageSize: text('page_size'),
      reportType: text('report_type'),
      dataLevel: text('data_level'),
      dimensions: text('dimensions'),
      startDate: text('start_date'),
      endDate: text('end_date'),
      filtering: text('filtering'),
      taskId: text('task_id'),
    });
  }
}

function readParameters(request: FastifyRequest): Parameters {
  if (request.method === 'GET') {
    return Parameters.fromQuery(request.query as Readonly<Record<string, unknown>>);
  }
  const body = typeof request.body === 'string' ? request.body : '';
  return Parameters.fromBody(body, request.headers['content-type'] ?? '');
}
