import { Context } from '@temporalio/activity';
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { HubError } from '../policy/errors.ts';
import { listingOf, type Stream } from '../policy/stream.ts';
import { streamByName, streams } from '../policy/streams/index.ts';
import { taskRowsMin } from '../policy/windows.ts';
import type { Registry } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type {
  LoadWindowInput,
  PageResult,
  PullRef,
  SyncStreamActivities,
} from '../workflows/sync-stream/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { dueWindows, type PlanningDeps, readCalendar, windowKey } from './planning.ts';
import { type PullListPageDeps, pullListPage } from './pull-list-page.ts';
import { callForConnection, findConnection, type TikTokCallDeps } from './tiktok-call.ts';

export interface SyncStreamDeps extends TikTokCallDeps, PlanningDeps {
  readonly registry: Registry;
  readonly shopClient: PullListPageDeps['shopClient'];
  readonly warehouse: Pick<Warehouse, 'land' | 'load' | 'discardPull' | 'entityIds' | 'listedIds'> &
    PlanningDeps['warehouse'];
  readonly client: TikTokAdsClient;
  /** TikTok's daily number of report tasks for an app, less a reserve. */
  readonly reportTasksPerDay: number;
  /** Told how many changed orders a repeated poll found: those that no event had brought. */
  readonly countFoundOrders?: (orders: number) => void;
  readonly log?: UnexpectedErrorLog;
}

export function createSyncStreamActivities(deps: SyncStreamDeps): SyncStreamActivities {
  const { registry, warehouse, client, clock } = deps;
  return guarded<SyncStreamActivities>(
    {
      async readStreamPlan({ connectionId, stream, limit, skip }) {
        const connection = await findConnection(registry, connectionId);
        const shape = findStream(stream);
        const calendar = await readCalendar(deps, connection);
        const records = await registry.windows.list(connectionId, stream);
        const skipped = new Set(skip.map(windowKey));
        const due = dueWindows(calendar, shape, records).filter(
          (window) => !skipped.has(windowKey(window)),
        );
        const listing = listingOf(Object.values(streams), shape);
        const listings = listing && (await registry.windows.list(connectionId, listing.name));
        return {
          ...pullShape(shape),
          // Without the permission to list, no listing is ever planned.
          listed: shape.request.kind === 'report' && (listings ?? []).length > 0,
          windows: due.slice(0, limit),
          timeZone: calendar.timeZone,
        };
      },

      pullPage: (input) => pullPage(deps, input),

      async pullPageByIds({ chunk, deletedOnly, ...page }) {
        await requireListing(registry, page);
        const asked = { deletedOnly, offset: chunk * idsMax, limit: idsMax };
        const { connectionId, stream } = page;
        const { ids: onlyIds, total } = await warehouse.entityIds(connectionId, stream, asked);
        const chunks = Math.ceil(total / idsMax);
        if (onlyIds.length === 0) {
          return { ...emptyPage, pulledAtMs: clock.now().getTime(), chunks };
        }
        return { ...(await pullPage(deps, { ...page, pass: 0, onlyIds })), chunks };
      },

      pullListPage: (input) => pullListPage(deps, findStream(input.stream), input),

      async createReportTask(pull) {
        const { cancellationSignal } = Context.current();
        const { appId, reportTasksPerDay } = deps;
        await registry.quota.takeReportTaskSlot(appId, reportTasksPerDay, cancellationSignal);
        return callForConnection(deps, pull, async ({ accessToken, connection, signal }) => {
          const pulledAtMs = clock.now().getTime();
          const stream = findStream(pull.stream);
          const { accountId } = connection;
          const target = { accessToken, stream, accountId, window: pull.window };
          const { taskId } = await client.createReportTask(target, signal);
          return { taskId, pulledAtMs };
        });
      },

      checkReportTask: ({ taskId, ...pull }) =>
        callForConnection(deps, pull, ({ accessToken, connection, signal }) =>
          client.checkReportTask({ accessToken, accountId: connection.accountId, taskId }, signal),
        ),

      downloadReportTask: ({ taskId, part, ...pull }) =>
        callForConnection(deps, pull, async ({ accessToken, connection, signal }) => {
          const target = { accessToken, accountId: connection.accountId, taskId };
          const { rows, pieces } = await client.downloadReportTask(target, signal);
          for (const [index, body] of pieces.entries()) {
            signal.throwIfAborted();
            await warehouse.land({ ...pull, part: part + index, format: 'csv', body });
          }
          return { rows, parts: pieces.length };
        }),

      loadWindow: (input) => loadWindow(deps, input),

      discardPull: ({ connectionId, stream, pullId }) =>
        warehouse.discardPull(connectionId, stream, pullId),

      splitWindow: ({ connectionId, stream, window, halves }) =>
        registry.windows.split(connectionId, stream, window, halves),

      failWindow: ({ connectionId, stream, window, errorCode }) =>
        registry.windows.failed(connectionId, stream, window, errorCode),
    },
    deps.log,
  );
}

/** TikTok takes so many ids in one filter. */
const idsMax = 100;
const emptyPage = {
  rows: 0,
  totalNumber: 0,
  totalPages: 0,
  totalMetrics: null,
  throttled: false,
} as const satisfies Omit<PageResult, 'pulledAtMs'>;

/** Before the first listing nobody knows what is deleted: a window without it would never be asked for again. */
async function requireListing(
  registry: Registry,
  { connectionId, stream }: PullRef,
): Promise<void> {
  const listing = listingOf(Object.values(streams), findStream(stream))!;
  const known = await registry.windows.list(connectionId, listing.name);
  if (known.some(({ pulledAt }) => pulledAt !== null)) return;
  throw new HubError('LISTING_AWAITED', `The first listing of ${listing.name} is not loaded yet.`);
}

type PageInput = PullRef & {
  readonly pass: number;
  readonly page: number;
  readonly part: number;
  readonly onlyIds?: readonly string[];
};

function pullPage(
  deps: SyncStreamDeps,
  { pass, page, part, onlyIds, ...pull }: PageInput,
): Promise<PageResult> {
  const { client, clock, warehouse } = deps;
  return callForConnection(deps, pull, async ({ accessToken, connection, signal }) => {
    const pulledAtMs = clock.now().getTime();
    const stream = findStream(pull.stream);
    const target = { accessToken, stream, accountId: connection.accountId, window: pull.window };
    const answer = await client.pullPage({ ...target, pass, page, onlyIds }, signal);
    const { body, rows, totalNumber, totalPages, totalMetrics, throttled } = answer;
    await warehouse.land({ ...pull, part, format: 'json', body });
    return { pulledAtMs, rows, totalNumber, totalPages, totalMetrics, throttled };
  });
}

/** The file first, since it is the truth; a repeat finds the pull loaded and only writes the registry's copy. */
async function loadWindow(
  { registry, warehouse, countFoundOrders }: SyncStreamDeps,
  { epoch, pulledAtMs, ...input }: LoadWindowInput,
): Promise<{ rows: number }> {
  const { connectionId, stream, window } = input;
  const cancelled = Context.current().cancellationSignal;
  const pulledAt = new Date(pulledAtMs);
  const polls = countFoundOrders !== undefined && stream === streams.shop_orders.name;
  const before = polls ? await registry.windows.list(connectionId, stream) : [];
  const result = await registry.fence.hold(
    connectionId,
    epoch,
    (signal) => warehouse.load({ ...input, pulledAt, signal }),
    cancelled,
  );
  const again = before.some(({ to, pulledAt: at }) => at !== null && to >= window.to);
  if (again && !result.repeated) countFoundOrders?.(result.added + result.changed);
  const { completeness, gained } = result;
  const figures = { completeness, rows: gained, pulledAt };
  await registry.windows.loaded(connectionId, stream, window, figures);
  return { rows: result.added + result.changed + result.unchanged };
}

function findStream(name: string): Stream {
  const stream = streamByName(name);
  if (stream !== undefined) return stream;
  throw new HubError('NOT_FOUND', `No stream is named ${name}.`);
}

function pullShape({ request }: Stream) {
  const taskable = request.kind === 'report' && request.taskable;
  const passes = request.kind === 'listing' ? request.passes.length : 1;
  const byToken = request.kind === 'shop-list' || request.kind === 'ads-list';
  const limit = request.kind === 'ads-list' ? request.limit : undefined;
  return {
    byToken,
    ...(limit && { limit }),
    passes,
    taskable,
    taskRowsMin: taskable ? taskRowsMin : null,
  };
}
