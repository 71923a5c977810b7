/**
 * Parts of a pull between TikTok and the file: sealed under connection and day, so that destroying
 * either key ends them; removed after the load. Quarantined rows are kept the same way, for 30
 * days.
 */
import { randomUUID } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import { requireId } from './files.ts';
import { freeBytes } from './free-bytes.ts';
import type { QuarantinedRow } from './parse.ts';
import type { LandInput } from './warehouse.ts';

export interface LandingOptions {
  readonly landingFolder: string;
  readonly quarantineFolder: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

/** What was landed and never loaded is of a pull that nobody goes on with. */
const landingDays = 7;
const quarantineDays = 30;
/** A file begins with its day and a line end, then the sealed bytes. */
const dayBytes = 11;

export type PullAddress = Pick<LandInput, 'connectionId' | 'stream' | 'pullId'>;

export class Landing {
  readonly #options: LandingOptions;

  constructor(options: LandingOptions) {
    this.#options = options;
  }

  async land(input: LandInput): Promise<{ bytes: number }> {
    const file = join(this.#pullFolder(input), `${input.part}.${input.format}.sealed`);
    try {
      await this.#sealInto(file, input.connectionId, partName(input, input.part), input.body);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new HubError('LANDED_PART_MISSING', 'The pull was given up while a part was landed.', {
        details: { ...pullDetails(input), part: input.part },
      });
    }
    return { bytes: input.body.byteLength };
  }

  /** Opens one part; its format is whatever was landed last. */
  async read(pull: PullAddress, part: number): Promise<{ format: 'json' | 'csv'; body: Buffer }> {
    for (const format of ['json', 'csv'] as const) {
      const file = join(this.#pullFolder(pull), `${part}.${format}.sealed`);
      const bytes = await readFile(file).catch(ignoreMissing);
      if (bytes === undefined) continue;
      const day = bytes.subarray(0, dayBytes - 1).toString();
      const context = `${partName(pull, part)}/${day}`;
      const body = await this.#options.keyring.unseal(bytes.subarray(dayBytes), context);
      freeBytes(bytes);
      return { format, body };
    }
    throw new HubError('LANDED_PART_MISSING', 'A landed part is gone: pull the window again.', {
      details: { ...pullDetails(pull), part },
    });
  }

  /** One sealed file a pull: writing it again for the same pull replaces it. */
  async quarantine(pull: PullAddress, rows: readonly QuarantinedRow[]): Promise<void> {
    if (rows.length === 0) return;
    const { connectionId, stream, pullId } = pull;
    const folder = join(this.#options.quarantineFolder, requireId(connectionId), requireId(stream));
    const lines = rows.map((row) => JSON.stringify(row)).join('\n');
    const name = `quarantine/${connectionId}/${stream}/${pullId}`;
    const file = join(folder, `${requireId(pullId)}.ndjson.sealed`);
    await this.#sealInto(file, connectionId, name, Buffer.from(lines));
  }

  async readQuarantine(pull: PullAddress): Promise<QuarantinedRow[]> {
    const { connectionId, stream, pullId } = pull;
    const file = join(
      this.#options.quarantineFolder,
      requireId(connectionId),
      requireId(stream),
      `${requireId(pullId)}.ndjson.sealed`,
    );
    const bytes = await readFile(file).catch(ignoreMissing);
    if (bytes === undefined) return [];
    const day = bytes.subarray(0, dayBytes - 1).toString();
    const context = `quarantine/${connectionId}/${stream}/${pullId}/${day}`;
    const text = (await this.#options.keyring.unseal(bytes.subarray(dayBytes), context)).toString();
    return text.split('\n').map((line) => JSON.parse(line) as QuarantinedRow);
  }

  async discardAll(connectionId: string): Promise<void> {
    const folder = join(this.#options.landingFolder, requireId(connectionId));
    await rm(folder, removing);
  }

  async discard(pull: PullAddress): Promise<void> {
    await rm(this.#pullFolder(pull), removing);
  }

  async sweep(now: Date): Promise<{ parts: number }> {
    const parts = await sweepFolder(this.#options.landingFolder, now, landingDays);
    await sweepFolder(this.#options.quarantineFolder, now, quarantineDays);
    return { parts };
  }

  #pullFolder({ connectionId, stream, pullId }: PullAddress): string {
    const names = [connectionId, stream, pullId].map(requireId);
    return join(this.#options.landingFolder, ...names);
  }

  async #sealInto(
    file: string,
    connectionId: string,
    name: string,
    clear: Uint8Array,
  ): Promise<void> {
    const { keyring, clock } = this.#options;
    const day = clock.now().toISOString().slice(0, 10);
    const keys = [
      await keyring.ensure('connection', connectionId),
      await keyring.ensure('day', day),
    ];
    const sealed = await keyring.seal([keys[0]!, keys[1]!], `${name}/${day}`, clear);
    await writeDurably(file, Buffer.from(`${day}\n`), sealed);
  }
}

/** Parts of a pull that is given up may still arrive: the folder is then not empty, and emptied again. */
const removing = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 } as const;

const partName = ({ connectionId, stream, pullId }: PullAddress, part: number): string =>
  `landing/${connectionId}/${stream}/${pullId}/${part}`;

export const pullDetails = ({ connectionId, stream, pullId }: PullAddress) => ({
  connectionId,
  stream,
  pullId,
});

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Whole or not at all, and still there after a power cut. */
export async function writeDurably(file: string, ...pieces: Uint8Array[]): Promise<void> {
  const folder = dirname(file);
  const temporary = join(folder, `.${randomUUID()}`);
  try {
    const handle = await openNew(temporary);
    try {
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}

/** Its folder is mostly there: one pull has many parts. One that was just made may be swept away as empty. */
async function openNew(path: string): Promise<FileHandle> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await open(path, 'wx', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === 5) throw error;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    }
  }
}

/** Removes files whose recorded day is more than `days` ago, and folders that became empty. */
async function sweepFolder(folder: string, now: Date, days: number): Promise<number> {
  const oldest = new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
  const entries = await readdir(folder, { withFileTypes: true }).catch(ignoreMissing);
  let removed = 0;
  for (const entry of entries ?? []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      removed += await sweepFolder(path, now, days);
      // Refused while a part of a living pull is in it.
      await rmdir(path).catch(() => {});
    } else if (entry.name.endsWith('.sealed') && (await recordedDay(path)) < oldest) {
      await rm(path, { force: true });
      removed++;
    } else if (entry.name.startsWith('.') && (await isLeftOver(path))) {
      await rm(path, { force: true });
    }
  }
  return removed;
}

async function recordedDay(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(dayBytes - 1), 0, dayBytes - 1, 0);
    return buffer.toString();
  } finally {
    await handle.close();
  }
}

/**
 * A temporary file that no living write can still own: a write takes milliseconds. (Real time, like
 * every lease.)
 */
async function isLeftOver(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path);
  return Date.now() - mtimeMs > 3_600_000;
}
