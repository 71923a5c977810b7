/** How TikTok's Business API answers: one envelope for success and failure, always under HTTP 200. */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';

/** An answer with a code other than 0. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
  }
}

export const permission = (message: string) => new Refusal(40001, message);
export const badParameter = (message: string) => new Refusal(40002, message);

export interface Reply {
  /** The JSON text of `data`; a page of rows comes as bytes. */
  readonly data?: string | Buffer;
  /** Fields beside `code` and `message` (the flat reply of `/oauth/token/`). */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** A body that is no envelope. */
  readonly csv?: Readable | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** 14 digits of UTC time, then 20 hexadecimal digits. */
export function newRequestId(now: Date): string {
  const time = now.toISOString().slice(0, 19).replace(/\D/g, '');
  return time + randomBytes(10).toString('hex').toUpperCase();
}

/** `data` is spliced in as it is: a page of rows is serialised once, by the world. */
export function envelope(requestId: string, { beside, data = '{}' }: Reply): Buffer {
  const head = `{"code":0,"message":"OK","request_id":"${requestId}",`;
  if (beside) return Buffer.from(`${head}${JSON.stringify(beside).slice(1, -1)}}`);
  const rows = typeof data === 'string' ? Buffer.from(data) : data;
  return Buffer.concat([Buffer.from(`${head}"data":`), rows, Buffer.from('}')]);
}

export function refusalEnvelope(requestId: string, refusal: Refusal): string {
  const { code, message } = refusal;
  return JSON.stringify({ code, message, request_id: requestId, data: {} });
}

export interface PageInfo {
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
}

export function pageInfoJson({ page, pageSize, total }: PageInfo): string {
  return JSON.stringify({
    page,
    page_size: pageSize,
    total_number: total,
    total_page: Math.ceil(total / pageSize),
  });
}
