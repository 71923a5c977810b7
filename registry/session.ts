/**
 * One PostgreSQL session of its own, for what a pool cannot hold: LISTEN and session locks. It comes back by itself
 * after the server was killed; its owner hears of each loss, because locks and notifications are lost with it.
 */
import pg from 'pg';
import { HubError } from '../policy/errors.ts';
import { clientConfig, connectError } from './database.ts';

/** One connection's queries, one after another in the order in which they were asked. */
export class SessionClient {
  readonly #client: pg.Client;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: pg.Client) {
    this.#client = client;
  }

  query<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<pg.QueryResult<Row>> {
    const result = this.#last.then(() => this.#client.query<Row>(text, values));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Does not wait for the end of a socket that hangs. */
  end(): void {
    this.#client.end().catch(() => undefined);
  }
}

export interface SessionOwner {
  /** Runs before the session counts as connected; the session is given up when it throws. */
  connected(client: SessionClient): Promise<void>;
  lost(): void;
  heard(channel: string, payload: string): void;
}

/** First wait after a loss; doubled up to the longest. A restart of PostgreSQL takes about half a second. */
const reconnectMsMin = 50;
const reconnectMsMax = 2_000;

export class Session {
  readonly #config: pg.ClientConfig;
  readonly #owner: SessionOwner;
  #client: SessionClient | undefined;
  #waiting: Promise<SessionClient> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(databaseUrl: string, name: string, queryTimeoutMs: number, owner: SessionOwner) {
    this.#config = { ...clientConfig(databaseUrl, name), query_timeout: queryTimeoutMs };
    this.#owner = owner;
  }

  /** The live client, now or never: nothing is waited for. */
  get client(): SessionClient | undefined {
    return this.#client;
  }

  /** Connects when it is asked for first, and from then on stays connected. Throws `REGISTRY_UNAVAILABLE`. */
  async connect(): Promise<SessionClient> {
    if (this.#waiting !== undefined) return this.#waiting;
    if (this.#client !== undefined) return this.#client;
    if (this.#closed) throw new HubError('REGISTRY_UNAVAILABLE', 'The registry is closed.');
    this.#waiting = this.#open().finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  async #open(): Promise<SessionClient> {
    const connection = new pg.Client(this.#config);
    const client = new SessionClient(connection);
    // A failed connect() is both thrown and emitted.
    connection.on('error', () => this.#drop(client));
    connection.on('end', () => this.#drop(client));
    connection.on('notification', ({ channel, payload }) => {
      if (client === this.#client) this.#owner.heard(channel, payload ?? '');
    });
    try {
      await connection.connect();
      this.#client = client;
      await this.#owner.connected(client);
      if (this.#client !== client) throw new Error('The session ended while it was set up.');
      return client;
    } catch (error) {
      this.#drop(client);
      throw connectError(error);
    }
  }

  /** Gives a session up: also one whose answers do not come any more. */
  #drop(client: SessionClient): void {
    client.end();
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#owner.lost();
    this.#reconnectAfter(reconnectMsMin);
  }

  abandon(): void {
    if (this.#client !== undefined) this.#drop(this.#client);
  }

  #reconnectAfter(delayMs: number): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.connect().catch(() => this.#reconnectAfter(Math.min(delayMs * 2, reconnectMsMax)));
    }, delayMs);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#waiting?.catch(() => undefined);
    const client = this.#client;
    this.#client = undefined;
    client?.end();
  }
}
