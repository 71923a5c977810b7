/** Disconnecting: the fence falls in one transaction, and the answer waits until nothing can be under way any more. */
import type { FastifyBaseLogger } from 'fastify';
import type { z } from 'zod';
import { askWorkflows } from '../../ask-workflows.ts';
import { within } from '../../deadline.ts';
import { type ConnectionDeps, eraseDueAtOf } from './present.ts';
import type { Revoked } from './schema.ts';

/** Erasing starts on day 85, so that it is over by day 90 whatever stops it for a while. */
const eraseAfterMs = 85 * 24 * 3_600_000;
const boundsMs = {
  /** Then the fence confirms without the workflow. */
  start: 5_000,
  /** Far above the 500 ms of holders that answer; a dead holder's lease and call deadline end within it. */
  confirm: 45_000,
};

/** Idempotent: a second call waits for the same confirmation. */
export async function revoke(
  deps: ConnectionDeps,
  connectionId: string,
  log: FastifyBaseLogger,
  bounds = boundsMs,
): Promise<z.input<typeof Revoked>> {
  const eraseDueAt = new Date(deps.clock.now().getTime() + eraseAfterMs);
  await deps.registry.fence.revoke(connectionId, { cause: 'disconnected', eraseDueAt });
  const confirmed = await within(
    confirm(deps, connectionId, log, bounds.start),
    bounds.confirm,
    null,
  );
  return {
    state: 'restricted',
    confirmedAt: confirmed?.toISOString() ?? null,
    eraseDueAt: await eraseDueAtOf(deps, connectionId),
  };
}

/** The workflow confirms. When none can be reached, the fence itself does: the row it owes starts the workflow later. */
async function confirm(
  deps: ConnectionDeps,
  connectionId: string,
  log: FastifyBaseLogger,
  startWithinMs: number,
): Promise<Date> {
  const { workflows, registry, warehouse, clock } = deps;
  try {
    await askWorkflows(workflows.revokeConnection(connectionId), startWithinMs);
    await workflows.revokeConfirmed(connectionId);
  } catch (error) {
    log.warn({ err: error }, 'A revocation is confirmed without its workflow');
    await registry.fence.confirm(connectionId);
    await warehouse.settleWrites(connectionId);
  }
  return clock.now();
}
