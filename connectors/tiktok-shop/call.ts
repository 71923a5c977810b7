/** One call to TikTok Shop, signed over the bytes that are sent, and what its answer says is wrong. */
import type { z } from 'zod';
import type { Clock } from '../../policy/clock.ts';
import type { Egress, EgressResponse } from '../egress.ts';
import { wrongPlace } from '../tiktok-ads/envelope.ts';
import { unreadable } from '../tiktok-ads/errors.ts';
import { readShopEnvelope, type ShopEnvelope } from './envelope.ts';
import { shopRefusalError } from './errors.ts';
import { isWithoutShop, type ShopCall } from './requests.ts';
import { signature } from './signature.ts';

export interface ShopCallerOptions {
  readonly egress: Egress;
  readonly apiUrl: string;
  readonly authUrl: string;
  readonly appKey: string;
  readonly secret: string;
  readonly clock: Clock;
}

export interface ShopAccess {
  readonly accessToken: string;
  /** Left out where the call is about no shop alone. */
  readonly cipher?: string;
}

type Bad = Exclude<ShopEnvelope, { kind: 'ok' }>;

export interface ShopCaller {
  send(call: ShopCall, access: ShopAccess, signal?: AbortSignal): Promise<EgressResponse>;
  /** Throws what is wrong with an answer, or returns what it holds. */
  accepted<T extends { kind: string }>(
    endpoint: string,
    status: number,
    reading: T | Bad,
  ): Exclude<T, Bad>;
  ask<T>(
    call: ShopCall,
    access: ShopAccess,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
  ): Promise<T>;
  /** The token host: neither signed nor given a token; the app's secret stands in the query. */
  askForToken<T>(
    path: string,
    query: Readonly<Record<string, string>>,
    schema: z.ZodType<T>,
    signal?: AbortSignal,
  ): Promise<T>;
}

/** A call's whole time, also the fence's longest wait for one. */
export const callDeadlineMs = 60_000;
/** 100 orders of many items are a few MiB. */
const bodyBytesMax = 64 * 1024 * 1024;
const contentType = 'application/json';

export function createShopCaller(options: ShopCallerOptions): ShopCaller {
  const { egress, appKey, secret, clock } = options;

  async function send(
    call: ShopCall,
    { accessToken, cipher }: ShopAccess,
    signal?: AbortSignal,
  ): Promise<EgressResponse> {
    const body = call.body && JSON.stringify(call.body);
    const query = {
      ...call.query,
      ...(cipher !== undefined && !isWithoutShop(call.path) && { shop_cipher: cipher }),
      app_key: appKey,
      timestamp: String(Math.floor(clock.now().getTime() / 1000)),
    };
    const sign = signature(secret, { path: call.path, query, body, contentType });
    const url = new URL(call.path, options.apiUrl);
    for (const [name, value] of Object.entries({ ...query, sign })) {
      url.searchParams.set(name, value);
    }
    return egress.request({
      method: call.method,
      url,
      headers: { 'x-tts-access-token': accessToken, 'content-type': contentType },
      body,
      deadlineMs: callDeadlineMs,
      signal,
      bodyBytesMax,
    });
  }

  function accepted<T extends { kind: string }>(
    endpoint: string,
    status: number,
    reading: T | Bad,
  ): Exclude<T, Bad> {
    if (reading.kind === 'refused') {
      throw shopRefusalError({ endpoint, status, ...(reading as Bad & { kind: 'refused' }) });
    }
    if (status === 429) {
      // A gateway in front of TikTok's API refuses without its envelope.
      throw shopRefusalError({ endpoint, status, code: status, message: '', requestId: null });
    }
    const { reason } = reading as Partial<Bad & { kind: 'unreadable' }>;
    if (reading.kind === 'unreadable' || status !== 200) {
      throw unreadable(endpoint, status, reason ?? 'no success');
    }
    return reading as Exclude<T, Bad>;
  }

  function read<T>(endpoint: string, answer: EgressResponse, schema: z.ZodType<T>): T {
    const envelope = readShopEnvelope(answer.body.toString('utf8'));
    const { data } = accepted(endpoint, answer.status, envelope);
    const parsed = schema.safeParse(data);
    if (!parsed.success) throw unreadable(endpoint, 200, wrongPlace(parsed.error.issues));
    return parsed.data;
  }

  return {
    send,
    accepted,
    async ask(call, access, schema, signal) {
      return read(call.endpoint, await send(call, access, signal), schema);
    },
    async askForToken(path, query, schema, signal) {
      const url = new URL(path, options.authUrl);
      const all = { app_key: appKey, app_secret: secret, ...query };
      for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
      const request = { method: 'GET', url, deadlineMs: callDeadlineMs, signal } as const;
      return read(path, await egress.request({ ...request, bodyBytesMax }), schema);
    },
  };
}
