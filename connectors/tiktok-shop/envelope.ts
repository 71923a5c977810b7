/** What an answer's envelope says; pure, so that it can run in a worker thread. */
import { redacted } from '../tiktok-ads/errors.ts';
import { envelopeSchema, pageSchema } from './schema.ts';

export type ShopEnvelope =
  | { readonly kind: 'ok'; readonly data: unknown }
  | {
      readonly kind: 'refused';
      readonly code: number;
      readonly message: string;
      readonly requestId: string | null;
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A part of a call that TikTok refused, though it took the call as a whole. */
export interface ItemError {
  readonly code: number;
  readonly message: string;
  /** What it is about, where TikTok says so. */
  readonly id: string | null;
}

export interface ShopPageFacts {
  readonly rows: number;
  readonly totalNumber: number | null;
  readonly nextPageToken: string | null;
  readonly itemErrors: readonly ItemError[];
}

export type ShopPageReading =
  | Exclude<ShopEnvelope, { kind: 'ok' }>
  | { readonly kind: 'page'; readonly page: ShopPageFacts };

/** No id is read here that a double would bend: ids of answers that matter are texts. */
export function readShopEnvelope(text: string): ShopEnvelope {
  if (text.trim() === '') return { kind: 'unreadable', reason: 'it is empty' };
  if (/^\s*</.test(text)) return { kind: 'unreadable', reason: 'it is a web page, no JSON' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: 'it is no complete JSON' };
  }
  const envelope = envelopeSchema.safeParse(json);
  if (!envelope.success) return { kind: 'unreadable', reason: 'it has no code' };
  const { code, message, request_id, data } = envelope.data;
  if (code !== 0) return { kind: 'refused', code, message, requestId: request_id ?? null };
  return { kind: 'ok', data };
}

/** `rowsPath` leads through lists too: `inventory.skus.warehouse_inventory`. */
export function readShopPage(text: string, rowsPath: string): ShopPageReading {
  const envelope = readShopEnvelope(text);
  if (envelope.kind !== 'ok') return envelope;
  const parsed = pageSchema.safeParse(envelope.data);
  if (!parsed.success) return unfit('data');
  const rows = countRows(envelope.data, rowsPath.split('.'));
  if (rows === null) return unfit(`data.${rowsPath}`);
  const { next_page_token, total_count, errors } = parsed.data ?? {};
  const nextPageToken = next_page_token || null;
  // An empty list may be left out; one that has more to come is called otherwise than we think.
  if (rows === 0 && nextPageToken !== null) return unfit(`data.${rowsPath}`);
  return {
    kind: 'page',
    page: {
      rows,
      totalNumber: total_count ?? null,
      nextPageToken,
      itemErrors: (errors ?? []).map(({ code, message, detail }) => ({
        code,
        message: redacted(message),
        id: idOf(detail ?? {}),
      })),
    },
  };
}

const unfit = (path: string): ShopPageReading => ({
  kind: 'unreadable',
  reason: `${path} does not have the documented shape`,
});

/** Null when something else than objects and lists of objects stands on the way. */
function countRows(value: unknown, path: readonly string[]): number | null {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'object') return null;
  if (Array.isArray(value)) {
    let rows = 0;
    for (const one of value) {
      const inside = typeof one === 'object' && one !== null ? countRows(one, path) : null;
      if (inside === null) return null;
      rows += inside;
    }
    return rows;
  }
  const [name, ...rest] = path;
  if (name === undefined) return 1;
  const next = (value as Record<string, unknown>)[name];
  // The last step is the list itself: one object in its place is no list.
  if (rest.length === 0 && next !== undefined && next !== null && !Array.isArray(next)) return null;
  return countRows(next, rest);
}

function idOf(detail: Readonly<Record<string, unknown>>): string | null {
  const id = Object.entries(detail).find(([name]) => /(^|_)id$/.test(name))?.[1];
  return typeof id === 'string' ? id : null;
}
