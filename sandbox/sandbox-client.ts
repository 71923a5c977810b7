/** A plain client for tests of the HTTP face. */
import type { Sandbox } from './sandbox.ts';

export interface Answer {
  readonly code: number;
  readonly message: string;
  readonly request_id: string;
  readonly data: Record<string, unknown> & {
    readonly list?: readonly Record<string, unknown>[];
    readonly page_info?: Readonly<Record<string, number>>;
  };
}

/** Lists and objects go as JSON text, as TikTok wants them in a query string. */
export function queryOf(parameters: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(parameters).map(([name, value]): [string, string] => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return new URLSearchParams(pairs).toString();
}

export function getRaw(
  sandbox: Sandbox,
  path: string,
  parameters: Readonly<Record<string, unknown>> = {},
  token?: string,
): Promise<Response> {
  const url = `${sandbox.origin}/open_api/v1.3/${path}?${queryOf(parameters)}`;
  const headers = token === undefined ? {} : { 'Access-Token': token };
  return fetch(url, { headers, redirect: 'manual' });
}

export async function get(...call: Parameters<typeof getRaw>): Promise<Answer> {
  const response = await getRaw(...call);
  return (await response.json()) as Answer;
}

export async function post(
  sandbox: Sandbox,
  path: string,
  body: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<Answer> {
  const response = await fetch(`${sandbox.origin}/open_api/v1.3/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { 'Access-Token': token }),
    },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

export async function control<T>(
  sandbox: Sandbox,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST',
): Promise<T> {
  const response = await fetch(`${sandbox.origin}/sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as T;
}
