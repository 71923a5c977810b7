import {
  condition,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import {
  callOptions,
  officeOptions,
  shopCallOptions,
  warehouseOptions,
} from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import { syncConnectionId, syncConnectionType } from '../sync-connection/contract.ts';
import {
  type ConnectAccountActivities,
  type ConnectAccountInput,
  type ConnectAccountResult,
  chooseAccountsSignal,
} from './contract.ts';

/** A person waits before a page. */
const priority = { priorityKey: 1 };
type Calls = Pick<ConnectAccountActivities, 'exchangeAuthCode' | 'listAccounts'>;
const calls = {
  'tiktok-ads': proxyActivities<Calls>({ ...callOptions, priority }),
  'tiktok-shop': proxyActivities<Calls>({ ...shopCallOptions, priority }),
};
const { openConnections } = proxyActivities<ConnectAccountActivities>(officeOptions);
const { createWarehouse } = proxyActivities<ConnectAccountActivities>(warehouseOptions);

/** Who has not chosen within a day starts the consent again: the reconciler ends what was given. */
const choiceTimeout = '24 hours';

export async function connectAccount(input: ConnectAccountInput): Promise<ConnectAccountResult> {
  const { authorisationId, platform = 'tiktok-ads', takeAll } = input;
  let chosen: readonly string[] | null = null;
  setHandler(chooseAccountsSignal, ({ accountIds }) => {
    chosen ??= accountIds;
  });

  const { exchangeAuthCode, listAccounts } = calls[platform];
  const { state, accountsKnown = true } = await exchangeAuthCode({ authorisationId });
  if (state !== 'active') return { outcome: state, connectionIds: [] };
  const naming = listAccounts({ authorisationId });
  await (accountsKnown ? orUnnamed(naming) : naming);
  if (!takeAll && !(await condition(() => chosen !== null, choiceTimeout))) {
    return { outcome: 'not-chosen', connectionIds: [] };
  }

  const { connectionIds } = await openConnections({ authorisationId, accountIds: chosen });
  for (const connectionId of connectionIds) {
    await createWarehouse({ connectionId });
    await startSync(connectionId);
  }
  return { outcome: 'connected', connectionIds };
}

/** Accounts whose names TikTok does not tell are offered by their ids. */
async function orUnnamed(naming: Promise<unknown>): Promise<void> {
  try {
    await naming;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('The accounts of an authorisation have no names.', { reason: failureCode(error) });
  }
}

/** The sync outlives this workflow; one that runs already is what was wanted. */
async function startSync(connectionId: string): Promise<void> {
  try {
    await startChild(syncConnectionType, {
      workflowId: syncConnectionId(connectionId),
      args: [{ connectionId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
  } catch (error) {
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
  }
}
