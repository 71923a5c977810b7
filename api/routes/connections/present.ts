/** Rows of the registry, figures of the file and progress of the workflow as one answer. */
import type { z } from 'zod';
import { type ErrorCode, errorCodes, HubError } from '../../../policy/errors.ts';
import { sealContexts } from '../../../policy/seals.ts';
import type { Connection as ConnectionRow, WindowRecord } from '../../../registry/registry.ts';
import { within } from '../../deadline.ts';
import type { ApiDeps } from '../../deps.ts';
import type { Connection, ConnectionSummary, StreamState } from './schema.ts';

export type ConnectionDeps = Pick<
  ApiDeps,
  'registry' | 'warehouse' | 'keyring' | 'workflows' | 'clock'
>;

/** A query of a workflow that no worker answers would wait long; the page shows the rest. */
const progressTimeoutMs = 2000;

/** A connection as lists show it. */
export async function presentSummary(
  deps: Pick<ApiDeps, 'keyring'>,
  row: ConnectionRow,
): Promise<z.input<typeof ConnectionSummary>> {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    authorisationId: row.authorisationId,
    platform: row.platform,
    accountId: row.accountId,
    name: await nameOf(deps, row),
    state: row.state,
    timeZone: row.timeZone,
    currency: row.currency,
    createdAt: row.createdAt.toISOString(),
  };
}

/** Everything about one connection. Of a restricted one only what the registry knows: its file is read no more. */
export async function presentConnection(
  deps: ConnectionDeps,
  row: ConnectionRow,
): Promise<z.input<typeof Connection>> {
  const { registry, warehouse, workflows } = deps;
  const isOpen = row.state === 'active' || row.state === 'paused';
  const [summary, authorisation, figures, windows, progress, unknown, quarantine, eraseDueAt] =
    await Promise.all([
      presentSummary(deps, row),
      registry.authorisations.find(row.authorisationId),
      registry.windows.progress(row.id),
      registry.windows.list(row.id),
      within(
        workflows.progress(row.id).catch(() => undefined),
        progressTimeoutMs,
        undefined,
      ),
      isOpen ? unlessNew(warehouse.unknownFields(row.id)) : [],
      isOpen ? unlessNew(warehouse.quarantine(row.id)) : [],
      eraseDueAtOf(deps, row.id),
    ]);
  const completeness = countCompleteness(windows);
  const states = new Map(progress?.streams.map((s) => [s.stream, s.state]));
  const counts = new Map(figures.map((figure) => [figure.stream, figure]));
  const names = new Set([...states.keys(), ...counts.keys()]);
  const streams: z.input<typeof StreamState>[] = [...names].map((stream) => {
    const {
      planned = 0,
      loaded = 0,
      failed = 0,
      rows = 0,
      newestPulledAt,
    } = counts.get(stream) ?? {};
    return {
      stream,
      state: states.get(stream) ?? null,
      windows: { planned, loaded, failed },
      rows,
      newestPulledAt: newestPulledAt?.toISOString() ?? null,
      completeness: completeness.get(stream) ?? {},
      failures: failuresOf(windows.filter((window) => window.stream === stream)),
    };
  });
  return {
    ...summary,
    scopes: [...(authorisation?.scopes ?? [])],
    sync: progress?.state ?? null,
    streams,
    unknownFields: unknown.map((u) => ({ ...u, lastSeenAt: u.lastSeenAt.toISOString() })),
    quarantine: quarantine.map((q) => ({ ...q })),
    eraseDueAt,
  };
}

/** Between its row and its file a connection exists for a moment without one: nothing was loaded yet. */
const unlessNew = <T>(look: Promise<T[]>): Promise<T[]> =>
  look.catch((error: unknown) => {
    if (error instanceof HubError && error.code === 'WAREHOUSE_FILE_MISSING') return [];
    throw error;
  });

/** When erasing begins; null while nothing is owed. */
export async function eraseDueAtOf(
  deps: Pick<ApiDeps, 'registry'>,
  connectionId: string,
): Promise<string | null> {
  const kind = 'erase-connection';
  const [owed] = await deps.registry.obligations.open({ kind, subjectId: connectionId });
  return owed?.dueAt.toISOString() ?? null;
}

async function nameOf(deps: Pick<ApiDeps, 'keyring'>, row: ConnectionRow): Promise<string | null> {
  if (row.sealedName === null) return null;
  try {
    const clear = await deps.keyring.unseal(row.sealedName, sealContexts.connectionName(row.id));
    return clear.toString('utf8');
  } catch (error) {
    // The key goes before the row does: between the two there is nothing left to show.
    if (error instanceof HubError && error.code === 'KEY_GONE') return null;
    throw error;
  }
}

function failuresOf(windows: readonly WindowRecord[]) {
  const failed = windows.filter(({ state }) => state === 'failed');
  return [...Map.groupBy(failed, ({ error }) => error ?? 'UNEXPECTED')].map(([code, all]) => ({
    code,
    meaning: errorCodes[code as ErrorCode]?.meaning ?? 'Something else failed: see the log.',
    windows: all.length,
  }));
}

function countCompleteness(
  windows: readonly WindowRecord[],
): Map<string, Partial<Record<NonNullable<WindowRecord['completeness']>, number>>> {
  const counts = new Map<
    string,
    Partial<Record<NonNullable<WindowRecord['completeness']>, number>>
  >();
  for (const { stream, completeness } of windows) {
    if (completeness === null) continue;
    const ofStream = counts.get(stream) ?? {};
    ofStream[completeness] = (ofStream[completeness] ?? 0) + 1;
    counts.set(stream, ofStream);
  }
  return counts;
}
