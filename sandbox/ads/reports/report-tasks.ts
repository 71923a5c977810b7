/** The tasks of asynchronous reports: queued, processed, then a CSV. */
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { SandboxClock } from '../../clock.ts';
import type { ReportAnswer, ReportQuery, World } from '../../world.ts';

export type TaskStatus = 'QUEUING' | 'PROCESSING' | 'SUCCESS' | 'FAILED' | 'CANCELED';
export type OutputFormat = 'CSV_STRING' | 'CSV_DOWNLOAD';

export interface ReportTask {
  readonly taskId: string;
  readonly advertiserId: string;
  /** Null for a reservation report, which has no rows. */
  readonly query: ReportQuery | null;
  readonly header: readonly string[];
  readonly outputFormat: OutputFormat;
  readonly fileName: string;
  readonly createdAt: number;
  /** The report shows what was known when the task was made. */
  readonly asOf: Date;
  readonly fails: boolean;
  canceled: boolean;
}

export interface TaskTiming {
  readonly queuingMs: number;
  readonly processingMs: number;
}

const tasksMax = 10_000;
/** A download URL is valid for an hour. */
const fileMs = 3_600_000;
/** So few rows at a time that the event loop is not held for long. */
const csvBatchRows = 1_000;

export class ReportTasks {
  readonly #world: World;
  readonly #clock: SandboxClock;
  readonly #timing: TaskTiming;
  readonly #tasks = new Map<string, ReportTask>();
  readonly #files = new Map<string, { task: ReportTask; expiresAt: number }>();

  constructor(world: World, clock: SandboxClock, timing: TaskTiming) {
    this.#world = world;
    this.#clock = clock;
    this.#timing = timing;
  }

  create(input: Omit<ReportTask, 'taskId' | 'createdAt' | 'asOf' | 'canceled'>): ReportTask {
    const taskId = `7${randomBytes(8).readBigUInt64BE(0).toString().slice(0, 17).padStart(18, '0')}`;
    const asOf = this.#clock.now();
    const task = { ...input, taskId, createdAt: Date.now(), asOf, canceled: false };
    this.#tasks.set(taskId, task);
    forgetOldest(this.#tasks);
    return task;
  }

  find(taskId: string, advertiserId: string): ReportTask | null {
    const task = this.#tasks.get(taskId);
    return task?.advertiserId === advertiserId ? task : null;
  }

  status(task: ReportTask): TaskStatus {
    if (task.canceled) return 'CANCELED';
    const age = Date.now() - task.createdAt;
    if (age < this.#timing.queuingMs) return 'QUEUING';
    if (age < this.#timing.queuingMs + this.#timing.processingMs) return 'PROCESSING';
    return task.fails ? 'FAILED' : 'SUCCESS';
  }

  csv(task: ReportTask): Readable {
    const header = csvLine(task.header);
    if (!task.query) return Readable.from([header]);
    return Readable.from(csvPieces(header, this.#world.report(task.query, task.asOf)));
  }

  /** A name under which the file can be fetched for an hour without a token. */
  publish(task: ReportTask): string {
    const name = randomBytes(16).toString('hex');
    this.#files.set(name, { task, expiresAt: this.#clock.now().getTime() + fileMs });
    forgetOldest(this.#files);
    return name;
  }

  file(name: string): ReportTask | null {
    const file = this.#files.get(name);
    return file && this.#clock.now().getTime() <= file.expiresAt ? file.task : null;
  }
}

function forgetOldest(kept: Map<string, unknown>): void {
  const [oldest] = kept.keys();
  if (kept.size > tasksMax && oldest !== undefined) kept.delete(oldest);
}

async function* csvPieces(header: string, answer: ReportAnswer): AsyncGenerator<Buffer> {
  yield Buffer.from(header);
  for (let offset = 0; offset < answer.total; offset += csvBatchRows) {
    yield answer.csv(offset, csvBatchRows);
    await setImmediate();
  }
}

export function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) =>
    /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(',')}\n`;
}
