/** NOTIFY for the rest of the process: one session for all channels. */
import { type Channel, channelName, channels } from './notify.ts';
import { Session, type SessionClient } from './session.ts';

const queryTimeoutMs = 5_000;

export class Listener {
  readonly #session: Session;
  readonly #heard = new Map<Channel, Set<(payload: string) => void>>(
    channels.map((channel) => [channel, new Set()]),
  );
  #connectedBefore = false;

  constructor(databaseUrl: string) {
    this.#session = new Session(databaseUrl, 'hub-listener', queryTimeoutMs, {
      connected: (client) => this.#listen(client),
      lost: () => undefined,
      heard: (name, payload) => {
        const channel = channels.find((candidate) => channelName(candidate) === name);
        if (channel !== undefined) this.#call(channel, payload);
      },
    });
  }

  /** Resolves once nothing sent from now on is missed. After a lost session an empty payload says: read the tables. */
  async listen(channel: Channel, heard: (payload: string) => void): Promise<() => Promise<void>> {
    await this.#session.connect();
    this.#heard.get(channel)?.add(heard);
    return async () => {
      this.#heard.get(channel)?.delete(heard);
    };
  }

  async #listen(client: SessionClient): Promise<void> {
    for (const channel of channels) await client.query(`listen ${channelName(channel)}`);
    if (this.#connectedBefore) for (const channel of channels) this.#call(channel, '');
    this.#connectedBefore = true;
  }

  #call(channel: Channel, payload: string): void {
    for (const heard of this.#heard.get(channel) ?? []) heard(payload);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}
