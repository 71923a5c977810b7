/** What TikTok for Developers tells of its users: one address for the app, repeated for up to 72 hours. */
import { createHash } from 'node:crypto';
import type { Sender } from './sender.ts';
import { signDevelopersWebhook } from './signature.ts';

export interface DevelopersApp {
  readonly clientKey: string;
  readonly clientSecret: string;
}

/** 0 unknown, 1 disconnected, 2 account deleted, 3 age changed, 4 account banned, 5 revoked by the developer. */
export type RemovalReason = 0 | 1 | 2 | 3 | 4 | 5;

/** A minute, doubled each time, as long as all waits together stay below 72 hours. */
const retrySeconds = Array.from({ length: 12 }, (_, index) => 60 * 2 ** index);

/** The same seed gives the same app, so that a sandbox that starts again is known to its receiver. */
export function developersApp(seed: number): DevelopersApp {
  const digest = createHash('sha256').update(`sandbox developers app ${seed}`).digest('hex');
  return { clientKey: `aw${digest.slice(0, 14)}`, clientSecret: digest.slice(24, 56) };
}

export class DevelopersWebhooks {
  readonly app: DevelopersApp;
  readonly #sender: Sender;
  readonly #now: () => Date;
  address: string | null = null;

  constructor(app: DevelopersApp, sender: Sender, now: () => Date) {
    this.app = app;
    this.#sender = sender;
    this.#now = now;
  }

  tellRemoved(userOpenId: string, reason: RemovalReason): void {
    this.tell('authorization.removed', userOpenId, { reason });
  }

  /** Signed once: a repetition carries the instant of the first attempt. */
  tell(event: string, userOpenId: string, content: Readonly<Record<string, unknown>>): void {
    if (this.address === null) return;
    const seconds = Math.floor(this.#now().getTime() / 1000);
    const body = JSON.stringify({
      client_key: this.app.clientKey,
      event,
      create_time: seconds,
      user_openid: userOpenId,
      content: JSON.stringify(content),
    });
    const headers = {
      'tiktok-signature': signDevelopersWebhook(this.app.clientSecret, seconds, body),
    };
    const { address } = this;
    const known = { channel: 'developers', id: null, type: event, shopId: null } as const;
    this.#sender.send({ ...known, address, body, headers, retrySeconds });
  }
}
