/** TikTok API for Business, v1.3: one call per function (reference: business-api.tiktok.com, "API Reference"). */
import type { Stream } from '../../policy/stream.ts';
import type { Window } from '../../policy/windows.ts';

export interface AdsToken {
  readonly accessToken: string;
  readonly scopes: readonly number[];
  readonly advertiserIds: readonly string[];
}

/** One answer of a listing or report: the bytes as they came and what its envelope says. */
export interface PulledPage {
  readonly body: Buffer;
  readonly rows: number;
  /** Over all pages of this pass; null where the endpoint gives no page_info. */
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
}

export interface TikTokAdsClient {
  consentUrl(input: { state: string; redirectUri: string }): string;
  exchangeAuthCode(authCode: string, signal?: AbortSignal): Promise<AdsToken>;
  listAdvertisers(
    accessToken: string,
    signal?: AbortSignal,
  ): Promise<readonly { advertiserId: string; name: string }[]>;
  revokeToken(accessToken: string, signal?: AbortSignal): Promise<void>;
  /** `pass` from 0 (see `ListingRequest.passes`; reports have one), `page` from 1. */
  pullPage(
    target: PullTarget & { pass: number; page: number },
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
}
