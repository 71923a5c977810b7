/** TikTok API for Business, v1.3: one call per function (reference: business-api.tiktok.com, "API Reference"). */
import { z } from 'zod';
import type { Clock } from '../../policy/clock.ts';
import type { Stream, StreamRequest } from '../../policy/stream.ts';
import type { Window } from '../../policy/windows.ts';
import type { Egress } from '../egress.ts';
import { createCaller } from './call.ts';
import type { PageFacts } from './envelope.ts';
import { createPageReader } from './page.ts';
import { ReportFile } from './report-file.ts';
import { pageCall, taskBody } from './requests.ts';
import {
  advertiserListSchema,
  taskCreatedSchema,
  taskStatusSchema,
  tokenSchema,
} from './schema.ts';

export interface AdsToken {
  readonly accessToken: string;
  readonly scopes: readonly string[];
  readonly advertiserIds: readonly string[];
}

/** One answer of a listing or report: the bytes as they came and what its envelope says. */
export interface PulledPage {
  readonly body: Buffer;
  readonly rows: number;
  /** Over all pages of this pass; null where TikTok does not say how many rows there are. */
  readonly totalNumber: number | null;
  readonly totalPages: number;
  /** TikTok's sums over the window (asked for on page 1 where it gives them). */
  readonly totalMetrics: Readonly<Record<string, string>> | null;
  /** Header `X-Tt-Ads-Throttle`: only the newest 20,000 ads were considered. */
  readonly throttled: boolean;
}

export interface PullTarget {
  readonly accessToken: string;
  readonly stream: Stream;
  readonly accountId: string;
  readonly window: Window;
  /** Of lists that are asked by the ids of another stream. */
  readonly ids?: readonly string[] | null;
}

export interface TikTokAdsClient {
  consentUrl(input: { state: string; redirectUri: string }): string;
  exchangeAuthCode(authCode: string, signal?: AbortSignal): Promise<AdsToken>;
  listAdvertisers(
    accessToken: string,
    signal?: AbortSignal,
  ): Promise<readonly { advertiserId: string; name: string }[]>;
  revokeToken(accessToken: string, signal?: AbortSignal): Promise<void>;
  /**
   * `pass` from 0 (see `ListingRequest.passes`; reports have one), `page` from 1. `onlyIds`: a report's rows of these
   * entities of its level, 100 at most.
   */
  pullPage(
    target: PullTarget & { pass: number; page: number; onlyIds?: readonly string[] },
    signal?: AbortSignal,
  ): Promise<PulledPage>;
  createReportTask(target: PullTarget, signal?: AbortSignal): Promise<{ taskId: string }>;
  checkReportTask(
    target: Pick<PullTarget, 'accessToken' | 'accountId'> & { taskId: string },
    signal?: AbortSignal,
  ): Promise<{ status: 'QUEUING' | 'PROCESSING' | 'SUCCESS' | 'FAILED' | 'CANCELED' }>;
  /** The whole CSV (with its header line) in pieces cut at line ends; each piece repeats the header. */
  downloadReportTask(
    target: Pick<PullTarget, 'accessToken' | 'accountId'> & { taskId: string },
    signal?: AbortSignal,
  ): Promise<{ rows: number; pieces: readonly Buffer[] }>;
  /** Ends the threads that read answers. */
  close(): Promise<void>;
}

export { callDeadlineMs } from './call.ts';

export interface TikTokAdsOptions {
  readonly egress: Egress;
  /** Where `/open_api/v1.3/` begins: `https://business-api.tiktok.com`. */
  readonly baseUrl: string;
  /** Where the consent page `/portal/auth` is, as the browser reaches it. */
  readonly consentBaseUrl: string;
  readonly appId: string;
  readonly secret: string;
  /** Says which day it is for reports over "the last 365 days". */
  readonly clock: Clock;
}

export function createTikTokAdsClient(options: TikTokAdsOptions): TikTokAdsClient {
  const { appId, secret } = options;
  const reader = createPageReader();
  const { send, accepted, ask } = createCaller(options.egress, options.baseUrl);
  const today = (): string => options.clock.now().toISOString().slice(0, 10);

  return {
    consentUrl({ state, redirectUri }) {
      const url = new URL('/portal/auth', options.consentBaseUrl);
      url.searchParams.set('app_id', appId);
      url.searchParams.set('state', state);
      url.searchParams.set('redirect_uri', redirectUri);
      return url.href;
    },
    async exchangeAuthCode(authCode, signal) {
      const body = { app_id: appId, secret, auth_code: authCode };
      const token = await ask({ path: 'oauth2/access_token/', body, signal }, tokenSchema);
      return {
        accessToken: token.access_token,
        scopes: token.scope.map(String),
        advertiserIds: token.advertiser_ids,
      };
    },
    async listAdvertisers(accessToken, signal) {
      const query = { app_id: appId, secret };
      const call = { path: 'oauth2/advertiser/get/', query, accessToken, signal };
      const { list } = await ask(call, advertiserListSchema);
      return list.map((one) => ({ advertiserId: one.advertiser_id, name: one.advertiser_name }));
    },
    async revokeToken(accessToken, signal) {
      const body = { app_id: appId, secret, access_token: accessToken };
      await ask({ path: 'oauth2/revoke_token/', body, accessToken, signal }, z.unknown());
    },
    async pullPage(target, signal) {
      const call = { ...pageCall(target, today()), accessToken: target.accessToken, signal };
      const { status, headers, body: received } = await send(call);
      const { request } = target.stream;
      const { reading, body } = await reader.read(received, listOf(request));
      const { page } = accepted(call.path, status, reading);
      signal?.throwIfAborted();
      const totalNumber = totalOf(request, page);
      return { body, ...page, totalNumber, throttled: 'x-tt-ads-throttle' in headers };
    },
    async createReportTask(target, signal) {
      const { accessToken } = target;
      const body = taskBody(target, today());
      const call = { path: 'report/task/create/', body, accessToken, signal };
      return { taskId: (await ask(call, taskCreatedSchema)).task_id };
    },
    async checkReportTask({ accessToken, accountId, taskId }, signal) {
      const query = { advertiser_id: accountId, task_id: taskId };
      return ask({ path: 'report/task/check/', query, accessToken, signal }, taskStatusSchema);
    },
    async downloadReportTask({ accessToken, accountId, taskId }, signal) {
      const path = 'report/task/download/';
      const query = { advertiser_id: accountId, task_id: taskId };
      const file = new ReportFile();
      const { status } = await send({ path, query, accessToken, signal, into: file });
      const { rows, pieces } = accepted(path, status, file.finish());
      return { rows, pieces };
    },
    close: () => reader.close(),
  };
}

/** The member of `data` whose objects are counted: rows may stand inside them. */
const listOf = (request: StreamRequest): string =>
  request.kind === 'ads-list' ? request.rows.split('.')[0]! : 'list';

/** One answer without pages holds all there is; of rows inside others TikTok names no number. */
function totalOf(request: StreamRequest, { rows, totalNumber }: PageFacts): number | null {
  if (request.kind !== 'ads-list') return totalNumber;
  if (request.rows.includes('.')) return null;
  return request.pageSize === null ? rows : totalNumber;
}
