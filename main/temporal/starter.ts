import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type WorkflowStartOptions,
} from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { Registry } from '../../registry/registry.ts';
import {
  chooseAccountsSignal,
  connectAccountId,
  connectAccountType,
} from '../../workflows/connect-account/contract.ts';
import { purgeExpiredId, purgeExpiredType } from '../../workflows/purge-expired/contract.ts';
import { queues } from '../../workflows/queues.ts';
import {
  reconcileAuthorisationsId,
  reconcileAuthorisationsType,
} from '../../workflows/reconcile-authorisations/contract.ts';
import {
  reconcileObligationsId,
  reconcileObligationsType,
} from '../../workflows/reconcile-obligations/contract.ts';
import {
  ordersChangedSignal,
  refreshOrdersId,
  refreshOrdersType,
} from '../../workflows/refresh-orders/contract.ts';
import {
  renewAuthorisationId,
  renewAuthorisationType,
} from '../../workflows/renew-authorisation/contract.ts';
import {
  confirmedUpdate,
  revokeConnectionId,
  revokeConnectionType,
} from '../../workflows/revoke-connection/contract.ts';
import type { ConnectionProgress, WorkflowStarter } from '../../workflows/starter.ts';
import {
  pauseSignal,
  progressQuery,
  refreshSignal,
  resumeSignal,
  syncConnectionId,
  syncConnectionType,
  wakeSignal,
} from '../../workflows/sync-connection/contract.ts';

export interface StarterOptions {
  readonly client: Client;
  readonly registry: Pick<Registry, 'windows'>;
  /** Opens every granted account without asking (demo). */
  readonly takeAll: boolean;
}

export interface TemporalStarter extends WorkflowStarter {
  /** What has been kept as long as it may be goes, once a day of the hub's clock. */
  purgeExpired(day: string): Promise<void>;
  /** Asks TikTok for what was asked for ten minutes ago. */
  reconcileAuthorisations(): Promise<void>;
}

export function createStarter({ client, registry, takeAll }: StarterOptions): TemporalStarter {
  /** One that runs already is what was wanted. */
  const start = async (type: string, workflowId: string, args: unknown[]): Promise<void> => {
    const options: WorkflowStartOptions = {
      workflowId,
      args,
      taskQueue: queues.hub,
      workflowIdConflictPolicy: 'USE_EXISTING',
    };
    await client.workflow.start(type, options);
  };
  const sync = (connectionId: string) => client.workflow.getHandle(syncConnectionId(connectionId));
  /** Asks a running sync, or starts one that finds the request waiting. */
  const ask = async (connectionId: string, signal: SignalDefinition): Promise<void> => {
    await client.workflow.signalWithStart(syncConnectionType, {
      workflowId: syncConnectionId(connectionId),
      args: [{ connectionId }],
      taskQueue: queues.hub,
      signal,
    });
  };

  return {
    connectAccount: ({ authorisationId, platform }) =>
      start(connectAccountType, connectAccountId(authorisationId), [
        { authorisationId, platform, takeAll },
      ]),
    chooseAccounts: ({ authorisationId, accountIds }) =>
      client.workflow
        .getHandle(connectAccountId(authorisationId))
        .signal(chooseAccountsSignal, { accountIds }),
    renewAuthorisation: (authorisationId) =>
      start(renewAuthorisationType, renewAuthorisationId(authorisationId), [{ authorisationId }]),
    syncConnection: (connectionId) =>
      start(syncConnectionType, syncConnectionId(connectionId), [{ connectionId }]),
    refresh: async (connectionId, streams) => {
      await client.workflow.signalWithStart(syncConnectionType, {
        workflowId: syncConnectionId(connectionId),
        args: [{ connectionId }],
        taskQueue: queues.hub,
        signal: refreshSignal,
        signalArgs: [{ streams }],
      });
    },
    ordersChanged: async (connectionId, changed) => {
      await client.workflow.signalWithStart(refreshOrdersType, {
        workflowId: refreshOrdersId(connectionId),
        args: [{ connectionId }],
        taskQueue: queues.hub,
        signal: ordersChangedSignal,
        signalArgs: [changed],
      });
    },
    wake: (connectionId) => ask(connectionId, wakeSignal),
    pause: (connectionId) => ask(connectionId, pauseSignal),
    resume: (connectionId) => ask(connectionId, resumeSignal),
    progress: async (connectionId) => {
      const known = await unlessNotFound(sync(connectionId).query(progressQuery));
      return known && withCounts(known, await registry.windows.progress(connectionId));
    },
    revokeConnection: (connectionId) =>
      start(revokeConnectionType, revokeConnectionId(connectionId), [{ connectionId }]),
    // One that is over was confirmed before it ended.
    revokeConfirmed: async (connectionId) => {
      const handle = client.workflow.getHandle(revokeConnectionId(connectionId));
      const { status } = await handle.describe();
      if (status.name !== 'COMPLETED') await handle.executeUpdate(confirmedUpdate);
    },
    reconcileAuthorisations: () =>
      start(reconcileAuthorisationsType, reconcileAuthorisationsId, []),
    reconcileObligations: () => start(reconcileObligationsType, reconcileObligationsId, []),
    purgeExpired: async (day) => {
      const options: WorkflowStartOptions = {
        workflowId: purgeExpiredId(day),
        args: [{ day }],
        taskQueue: queues.hub,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      };
      await client.workflow.start(purgeExpiredType, options).catch((error: unknown) => {
        // Under way, or done today.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      });
    },
  };
}

async function unlessNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** What each stream does is known by the workflow, how much was done by the registry. */
function withCounts(
  {
    state,
    streams,
  }: Pick<ConnectionProgress, 'state'> & {
    readonly streams: readonly Pick<ConnectionProgress['streams'][number], 'stream' | 'state'>[];
  },
  counts: Awaited<ReturnType<Registry['windows']['progress']>>,
): ConnectionProgress {
  const byStream = new Map(counts.map((one) => [one.stream, one]));
  return {
    state,
    streams: streams.map((one) => {
      const { loaded = 0, planned = 0, failed = 0, rows = 0 } = byStream.get(one.stream) ?? {};
      return { ...one, windowsLoaded: loaded, windowsLeft: planned + failed, rows };
    }),
  };
}
