/** What an answer's envelope says; pure, so that it can run in a worker thread. */
import { parseLossless } from '../../policy/json.ts';
import { cutPage } from './page-rows.ts';
import { envelopeSchema, pageSchema } from './schema.ts';

export type Envelope =
  | { readonly kind: 'ok'; readonly data: unknown }
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly message: string;
      readonly requestId: string | null;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

export interface PageFacts {
  readonly rows: number;
  readonly totalNumber: number | null;
  readonly totalPages: number;
  readonly totalMetrics: Readonly<Record<string, string>> | null;
}

export type PageReading =
  | Exclude<Envelope, { kind: 'ok' }>
  | { readonly kind: 'page'; readonly page: PageFacts };

export function readEnvelope(text: string): Envelope {
  if (text.trim() === '') return { kind: 'unreadable', reason: 'it is empty' };
  if (/^\s*</.test(text)) return { kind: 'unreadable', reason: 'it is a web page, no JSON' };
  let json: unknown;
  try {
    json = parseLossless(text);
  } catch {
    return { kind: 'unreadable', reason: 'it is no complete JSON' };
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return { kind: 'unreadable', reason: 'it has no code' };
  const { code, message, request_id, data } = envelope.data;
  if (code !== 0) return { kind: 'refused', code, message, requestId: request_id ?? null };
  return { kind: 'ok', data };
}

/** `list` is the member of `data` that holds the rows. */
export function readPage(body: Uint8Array, list = 'list'): PageReading {
  const cut = cutPage(body, list);
  // What cannot be cut is no page; reading it as a whole tells why.
  const envelope = readEnvelope(cut?.envelope ?? new TextDecoder().decode(body));
  if (envelope.kind !== 'ok') return envelope;
  const page = pageSchema(list).safeParse(envelope.data);
  if (!page.success) return { kind: 'unreadable', reason: wrongPlace(page.error.issues) };
  if (cut === null) return { kind: 'unreadable', reason: `data.${list} holds more than rows` };
  const { page_info, total_metrics } = page.data;
  return {
    kind: 'page',
    page: {
      rows: cut.rows,
      totalNumber: page_info?.total_number ?? null,
      totalPages: Math.max(1, page_info?.total_page ?? 1),
      totalMetrics: total_metrics ? presentOnly(total_metrics) : null,
    },
  };
}

/** Where the shape is wrong, never the value that stands there. */
export function wrongPlace(issues: readonly { path: readonly PropertyKey[] }[]): string {
  const path = issues[0]?.path.map((step) => (typeof step === 'number' ? '[]' : String(step)));
  return `data.${path?.join('.') ?? ''} does not have the documented shape`;
}

function presentOnly(metrics: Readonly<Record<string, string | number | null>>) {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, value]) =>
      value === null || value === '-' ? [] : [[name, String(value)]],
    ),
  );
}
