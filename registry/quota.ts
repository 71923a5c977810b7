/**
 * The last gate before TikTok, one per app over all processes (design §9). TikTok counts calls a second; slots stand
 * evenly apart in PostgreSQL, so that no second holds more than the rate, neither the first one nor one after a pause.
 */
import { sql } from 'kysely';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import { notify } from './notify.ts';
import { Gate, quotaPaused } from './quota-gate.ts';
import type { PauseKind, Registry } from './registry.ts';

/** TikTok allows an app 2 creations of report tasks a second and 60 a minute, beside its other calls. */
const reportTasksPerSecond = 0.95;

export class Quota {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #gates = new Map<string, Gate>();

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  /** A pause was set, here or in another process: slots that were taken ahead are not used. */
  recheck(): void {
    for (const gate of this.#gates.values()) gate.recheck();
  }

  get api(): Registry['quota'] {
    return {
      takeSlot: (app, signal) => this.#gate(app).take(signal),
      setRate: (app, perSecond) => {
        if (!(perSecond > 0)) throw new RangeError('A rate is above 0; use pause() to stop.');
        this.#gate(app).perSecond = perSecond;
      },
      pause: (app, kind, until) => this.#pause(app, kind, until),
      pauses: (now) =>
        this.#database.selectFrom('quotaPauses').selectAll().where('until', '>', now).execute(),
      takeReportTaskSlot: (app, perDay, signal) => this.#takeReportTaskSlot(app, perDay, signal),
    };
  }

  #gate(app: string): Gate {
    let gate = this.#gates.get(app);
    if (gate === undefined) {
      gate = new Gate(this.#database, app);
      this.#gates.set(app, gate);
    }
    return gate;
  }

  async #pause(app: string, kind: PauseKind, until: Date): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction
        .insertInto('quotaPauses')
        .values({ app, kind, until })
        .onConflict((conflict) =>
          conflict.columns(['app', 'kind']).doUpdateSet((row) => ({
            until: row.fn('greatest', ['quotaPauses.until', 'excluded.until']),
          })),
        )
        .execute();
      await notify(transaction, 'quota', app);
    });
    this.#gate(app).recheck();
  }

  /** The queue's rate alone would let them bunch: after idling it gives out two at once, and retries come together. */
  async #takeReportTaskSlot(app: string, perDay: number, signal: AbortSignal): Promise<void> {
    const gate = this.#gate(`${app}/report-tasks`);
    gate.perSecond = reportTasksPerSecond;
    await gate.take(signal);
    await this.#countReportTask(app, perDay);
  }

  async #countReportTask(app: string, perDay: number): Promise<void> {
    const now = this.#clock.now();
    const counted = await this.#database
      .insertInto('reportTaskCounts')
      .values({ app, day: now.toISOString().slice(0, 10), tasks: 1 })
      .onConflict((conflict) =>
        conflict
          .columns(['app', 'day'])
          .doUpdateSet({ tasks: sql`report_task_counts.tasks + 1` })
          .where('reportTaskCounts.tasks', '<', perDay),
      )
      .returning('tasks')
      .executeTakeFirst();
    if (counted !== undefined && counted.tasks <= perDay) return;
    const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
    throw quotaPaused(midnight - now.getTime());
  }
}
