/** One call to TikTok's API for Business, and what its answer says is wrong. */
import type { z } from 'zod';
import type { Egress, EgressResponse } from '../egress.ts';
import { type Envelope, readEnvelope, wrongPlace } from './envelope.ts';
import { RateLimitReader, refusalError, unreadable } from './errors.ts';
import type { ReportFile } from './report-file.ts';

export interface OutgoingCall {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly accessToken?: string;
  readonly signal?: AbortSignal;
  /** Takes a body that is too large to be in memory twice. */
  readonly into?: ReportFile;
}

type Refused = Extract<Envelope, { kind: 'refused' }>;
type Unreadable = Extract<Envelope, { kind: 'unreadable' }>;
type Bad = Refused | Unreadable;

export interface Caller {
  send(call: OutgoingCall): Promise<EgressResponse>;
  /** Throws what is wrong with an answer, or returns what it holds. */
  accepted<T extends { kind: string }>(
    path: string,
    status: number,
    reading: T | Bad,
  ): Exclude<T, Bad>;
  /** Sends, and reads a small answer by its schema. */
  ask<T>(call: OutgoingCall, schema: z.ZodType<T>): Promise<T>;
}

const mebibyte = 1024 * 1024;
/** A call's whole time, also the fence's longest wait for one. */
export const callDeadlineMs = 60_000;
/** A page of 1,000 wide rows is 2 MiB. */
const pageBytesMax = 64 * mebibyte;
/** A million rows of a wide report; they are in memory until they are landed. */
const reportBytesMax = 512 * mebibyte;

/** Reports of GMV Max have a quota of their own. */
const countedApart = 'gmv_max/report/get/';

export function createCaller(egress: Egress, baseUrl: string): Caller {
  // A call that is let through says nothing of a counter that it does not count in.
  const limits = { app: new RateLimitReader(), apart: new RateLimitReader() };
  const limitsOf = (path: string) => (path === countedApart ? limits.apart : limits.app);

  async function send(call: OutgoingCall): Promise<EgressResponse> {
    const url = new URL(`/open_api/v1.3/${call.path}`, baseUrl);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const headers: Record<string, string> = {};
    if (call.accessToken !== undefined) headers['Access-Token'] = call.accessToken;
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    return egress.request({
      method: call.body === undefined ? 'GET' : 'POST',
      url,
      headers,
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      deadlineMs: callDeadlineMs,
      signal: call.signal,
      bodyBytesMax: call.into === undefined ? pageBytesMax : reportBytesMax,
      onChunk: call.into && ((chunk) => call.into?.add(chunk)),
    });
  }

  function accepted<T extends { kind: string }>(
    path: string,
    status: number,
    reading: T | Bad,
  ): Exclude<T, Bad> {
    if (reading.kind === 'refused') {
      throw refusalError({ endpoint: path, ...(reading as Refused) }, limitsOf(path), Date.now());
    }
    const reason = reading.kind === 'unreadable' ? (reading as Unreadable).reason : 'no success';
    if (reading.kind === 'unreadable' || status !== 200) throw unreadable(path, status, reason);
    limitsOf(path).letThrough();
    return reading as Exclude<T, Bad>;
  }

  async function ask<T>(call: OutgoingCall, schema: z.ZodType<T>): Promise<T> {
    const answer = await send(call);
    const envelope = readEnvelope(answer.body.toString('utf8'));
    const { data } = accepted(call.path, answer.status, envelope);
    const parsed = schema.safeParse(data);
    if (!parsed.success) throw unreadable(call.path, 200, wrongPlace(parsed.error.issues));
    return parsed.data;
  }

  return { send, accepted, ask };
}
