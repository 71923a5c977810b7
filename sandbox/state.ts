/** What a sandbox keeps over a restart: tokens, so that a hub's connections stay alive, and the clock's offset. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Grant } from './ads/access/authorisations.ts';
import type { ShopGrant } from './shop/access/authorisations.ts';

export interface SandboxState {
  readonly offsetMs: number;
  readonly grants: readonly Grant[];
  readonly shopGrants?: readonly ShopGrant[];
}

export function readState(path: string | undefined): SandboxState | null {
  if (path === undefined || !existsSync(path)) return null;
  return JSON.parse(readFileSync(path, 'utf8')) as SandboxState;
}

/** Renamed into place, so that a kill leaves the old or the new state. */
export function writeState(path: string | undefined, state: SandboxState): void {
  if (path === undefined) return;
  writeFileSync(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
