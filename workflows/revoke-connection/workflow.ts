import {
  condition,
  getExternalWorkflowHandle,
  log,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import { revocationOptions } from '../activity-options.ts';
import { syncConnectionId } from '../sync-connection/contract.ts';
import {
  confirmedUpdate,
  type RevokeConnectionActivities,
  type RevokeConnectionInput,
  type RevokeConnectionResult,
} from './contract.ts';

const { confirmFence, forgetToken, endRevocation } =
  proxyActivities<RevokeConnectionActivities>(revocationOptions);

/** The token is destroyed here after a day, whatever TikTok answers. */
const { revokeToken } = proxyActivities<RevokeConnectionActivities>({
  ...revocationOptions,
  scheduleToCloseTimeout: '24h',
});

export async function revokeConnection(
  input: RevokeConnectionInput,
): Promise<RevokeConnectionResult> {
  const { connectionId } = input;
  let confirmed = false;
  setHandler(confirmedUpdate, () => condition(() => confirmed));

  await confirmFence({ connectionId });
  confirmed = true;
  await stopSync(connectionId);
  const token = await revoke(connectionId);
  await forgetToken({ connectionId, token });
  await endRevocation({ connectionId });
  return { token };
}

/** The fence already holds back every call; this only spares the sync from finding out. */
async function stopSync(connectionId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(syncConnectionId(connectionId)).cancel();
  } catch (error) {
    log.info('No sync was running.', { connectionId, reason: (error as Error).name });
  }
}

async function revoke(connectionId: string): Promise<RevokeConnectionResult['token']> {
  try {
    return (await revokeToken({ connectionId })).token;
  } catch {
    log.warn('The token may still be valid at TikTok: revoke it there by hand.', { connectionId });
    return 'unrevoked';
  }
}
