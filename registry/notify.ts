import { sql } from 'kysely';
import type { Database } from './database.ts';

export const channels = ['quota', 'fence', 'obligations', 'windows', 'clock', 'events'] as const;
export type Channel = (typeof channels)[number];

/** PostgreSQL's channels are of the whole database, which may be shared. */
export const channelName = (channel: Channel): string => `hub_${channel}`;

/** Inside a transaction it is sent when that commits. */
export async function notify(database: Database, channel: Channel, payload: string): Promise<void> {
  await sql`select pg_notify(${channelName(channel)}, ${payload})`.execute(database);
}
