/** What follows when TikTok no longer knows an authorisation, or no longer lists an account of it. */
import type { Clock } from '../policy/clock.ts';
import type { Registry } from '../registry/registry.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';

export interface RestrictDeadDeps {
  readonly registry: Pick<Registry, 'connections' | 'fence'>;
  readonly clock: Clock;
  readonly starter: Pick<WorkflowStarter, 'revokeConnection'>;
}

/** It may be given again: its data are erased after three days if not. */
const eraseAfterMs = 72 * 3_600_000;
/** Two further findings, ten minutes apart, beside the first. */
const pollsLeft = 2;

/** Restricts a connection at once, unless its consent was renewed since `epoch`. */
export async function restrictDead(
  { registry, clock, starter }: RestrictDeadDeps,
  { connectionId, epoch }: { connectionId: string; epoch: number },
): Promise<void> {
  const connection = await registry.connections.find(connectionId);
  if (connection === undefined || connection.epoch !== epoch) return;
  const eraseDueAt = new Date(clock.now().getTime() + eraseAfterMs);
  const cause = 'authorisation-dead';
  await registry.fence.revoke(connectionId, { cause, eraseDueAt, pollsLeft });
  await starter.revokeConnection(connectionId);
}

/** Every open connection of an authorisation whose token TikTok takes no more. */
export async function restrictDeadAuthorisation(
  deps: RestrictDeadDeps,
  authorisationId: string,
): Promise<void> {
  const states = ['active', 'paused'] as const;
  for (const { id, epoch } of await deps.registry.connections.list({ authorisationId, states })) {
    await restrictDead(deps, { connectionId: id, epoch });
  }
}
