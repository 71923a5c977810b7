/** The processes of a hub that `startHubProcess` started, and the processor time that they took. */
import { readFile } from 'node:fs/promises';
import { findProcesses } from '../../main/embedded/processes.ts';

const ticksPerSecond = 100;

export interface HubPids {
  readonly hub: number;
  readonly sandbox: number;
}

/** By the sandbox, whose command names the folder; the hub is its parent. */
export async function findHubPids(dataFolder: string): Promise<HubPids> {
  const [sandbox] = await findProcesses((line) => line.includes(`${dataFolder}/sandbox-state`));
  return { hub: Number((await statOf(sandbox!))[1]), sandbox: sandbox! };
}

/** Of the process alone: utime and stime, fields 14 and 15 of proc(5). */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = await statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** From the state on: field 3 of proc(5). */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
