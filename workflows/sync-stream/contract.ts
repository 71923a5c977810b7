/**
 * Pulls and loads the due windows of one stream of one connection, best first, a bounded number of them; its parent
 * starts it again while more is due, so that no history grows and no stream waits for another's backfill: a run takes
 * windows of its first one's priority or better, and gives way when asked. Promises:
 * each window is loaded from one complete pull or recorded as moving or failed; any activity may run twice.
 */
import { defineSignal } from '@temporalio/workflow';
import type { Priority, Window } from '../../policy/windows.ts';

export const syncStreamType = 'syncStream';
export const syncStreamId = (connectionId: string, stream: string): string =>
  `sync-stream-${connectionId}-${stream}`;

/** A person waits for something: what is under way is ended, the rest gives way and is due again. */
export const giveWaySignal = defineSignal('giveWay');

export interface SyncStreamInput {
  readonly connectionId: string;
  readonly epoch: number;
  readonly stream: string;
  /** Windows that failed or moved in the runs before: not again until all others were tried. */
  readonly skip?: readonly Window[];
  /** Windows after which it returns; tests lower it. */
  readonly windowsMax?: number;
}

export interface SyncStreamResult {
  readonly outcome: 'idle' | 'more' | 'not-authorised' | 'authorisation-dead' | 'consent-ended';
  readonly loaded: number;
  readonly failed: number;
  readonly skip: readonly Window[];
}

export interface StreamPlan {
  readonly windows: readonly (Window & { readonly priority: Priority })[];
  /** The account's zone, in which the windows' days are meant. */
  readonly timeZone: string;
  /** Whether it is a list, page after page; of a shop, whose pages name the next one, or of an ad account. */
  readonly byToken: boolean;
  /** Of a list of an ad account: what TikTok counts its calls by. */
  readonly limit?: 'app' | 'gmv-max';
  /** Complete listings of which a pull consists: one for reports. */
  readonly passes: number;
  /** Whether the asynchronous report can give the same rows. */
  readonly taskable: boolean;
  /** Whether rows can be asked for by the ids of a listing, which TikTok never cuts. */
  readonly listed: boolean;
  /** Rows above which the asynchronous report is asked for instead of pages; null where it cannot be. */
  readonly taskRowsMin: number | null;
}

/** What every activity of one pull needs. */
export interface PullRef {
  readonly connectionId: string;
  readonly epoch: number;
  readonly stream: string;
  readonly window: Window;
  readonly pullId: string;
}

export interface PageResult {
  /** When the call began, by the hub's clock. */
  readonly pulledAtMs: number;
  readonly rows: number;
  readonly totalNumber: number | null;
  readonly totalPages: number;
  readonly totalMetrics: Readonly<Record<string, string>> | null;
  readonly throttled: boolean;
}

export interface ListPageInput extends PullRef {
  /** Run of ids, from 0; lists that are not asked by ids have one. */
  readonly chunk: number;
  /** Null for the first page of a run. */
  readonly pageToken: string | null;
  readonly part: number;
}

export interface ListPageResult {
  readonly rows: number;
  /** Of this run. */
  readonly totalNumber: number | null;
  readonly nextPageToken: string | null;
  /** Of this run, where pages are numbered: a page's number is its token. Absent where only a page names the next. */
  readonly totalPages?: number;
  /** Runs of ids; 0 when there are none and nothing was called. */
  readonly chunks: number;
  readonly pulledAtMs: number;
}

export interface LoadWindowInput extends PullRef {
  readonly parts: number;
  readonly pulledAtMs: number;
  readonly timeZone: string;
  readonly totalNumber: number | null;
  readonly totalMetrics: Readonly<Record<string, string>> | null;
  readonly moving: boolean;
  /** TikTok left rows out and there is no other way to them. */
  readonly cut: boolean;
  readonly listsDeleted: boolean;
}

export type ReportTaskStatus = 'QUEUING' | 'PROCESSING' | 'SUCCESS' | 'FAILED' | 'CANCELED';

export interface SyncStreamActivities {
  /** The next due windows, best first, without those named in `skip`. Queue `warehouse`. */
  readStreamPlan(input: {
    connectionId: string;
    stream: string;
    limit: number;
    skip: readonly Window[];
  }): Promise<StreamPlan>;
  /** One call: one page, landed under `part`. Queue `tiktok-ads`. */
  pullPage(input: PullRef & { pass: number; page: number; part: number }): Promise<PageResult>;
  /**
   * One call: one page of the rows of listed entities, a hundred entities (a chunk, from 0) at a time. Without
   * such entities nothing is called and `chunks` is 0. Queue `tiktok-ads`.
   */
  pullPageByIds(
    input: PullRef & { deletedOnly: boolean; chunk: number; page: number; part: number },
  ): Promise<PageResult & { chunks: number }>;
  /** One call: one page of a list, landed under `part`. Queue `tiktok-shop`, `tiktok-ads` or `tiktok-gmv-max`. */
  pullListPage(input: ListPageInput): Promise<ListPageResult>;
  /** One call. Queue `tiktok-ads-report-tasks`. */
  createReportTask(input: PullRef): Promise<{ taskId: string; pulledAtMs: number }>;
  /** One call. Queue `tiktok-ads`. */
  checkReportTask(input: PullRef & { taskId: string }): Promise<{ status: ReportTaskStatus }>;
  /** One call: the whole report, landed in parts from `part`. Queue `tiktok-ads`. */
  downloadReportTask(
    input: PullRef & { taskId: string; part: number },
  ): Promise<{ rows: number; parts: number }>;
  /** One transaction of the connection's file, then the registry's copy. Queue `warehouse`. */
  loadWindow(input: LoadWindowInput): Promise<{ rows: number }>;
  /** Queue `warehouse`. */
  discardPull(input: PullRef): Promise<void>;
  /** Queue `office`. */
  splitWindow(input: {
    connectionId: string;
    stream: string;
    window: Window;
    halves: readonly Window[];
  }): Promise<void>;
  /** Queue `office`. */
  failWindow(input: {
    connectionId: string;
    stream: string;
    window: Window;
    errorCode: string;
  }): Promise<void>;
}
