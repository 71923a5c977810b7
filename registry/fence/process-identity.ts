/**
 * Tells for certain that a process of this machine is dead, so that a revocation need not wait for its lease and call
 * deadline to pass. Linux only; elsewhere, and for other machines, one waits.
 */
import { readFileSync, readlinkSync } from 'node:fs';

export interface ProcessIdentity {
  /** Boot and process-id namespace: within it a process id and its start say which process it was. */
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
}

export function ownIdentity(): ProcessIdentity | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const host = `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    const state = processState(process.pid);
    return state && { host, pid: process.pid, startedAt: state.startedAt };
  } catch {
    return null;
  }
}

export function isDead(other: ProcessIdentity, own: ProcessIdentity | null): boolean {
  if (own === null || other.host !== own.host) return false;
  try {
    const state = processState(other.pid);
    return state === null || state.startedAt !== other.startedAt || /[ZX]/.test(state.letter);
  } catch {
    return false;
  }
}

function processState(pid: number): { letter: string; startedAt: string } | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  // The command's name, in brackets, may hold anything; state is the first field after it, the start the twentieth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { letter: fields[0] ?? '', startedAt: fields[19] ?? '' };
}
