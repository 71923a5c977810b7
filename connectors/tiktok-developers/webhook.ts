/** What TikTok for Developers tells unasked of a person: the signature over time and raw bytes, and the events. */
import { z } from 'zod';
import { parseLossless } from '../../policy/json.ts';
import { idOfContent, isHexDigest, isSignedBy } from '../signed-body.ts';
import type { EventChange, Reading, WebhookReader } from '../webhook.ts';

const hourMs = 3_600_000;
/** Retries go on for 72 hours; whether one is signed anew is not documented, so none is taken for a replay. */
const ageMsMax = 80 * hourMs;
const signatureForm = /^t=(\d{1,12}),s=([0-9a-f]{64})$/;

const Envelope = z.object({
  client_key: z.string(),
  event: z.string().regex(/^[a-z0-9_.-]{1,80}$/),
  create_time: z.number().int().min(0).max(1e11),
  user_openid: z.string().min(1).max(200).optional(),
  /** JSON as text, to be parsed once more. */
  content: z.string().default('{}'),
});
const Removed = z.object({ reason: z.number().int() });

const removed = (content: string): EventChange => ({
  kind: 'authorisation-ended',
  reason: Removed.parse(parseLossless(content)).reason,
});
const none = (): EventChange => ({ kind: 'none' });

const events: Readonly<Record<string, (content: string) => EventChange>> = {
  'authorization.removed': removed,
  'video.upload.failed': none,
  'video.publish.completed': none,
  'portability.download.ready': none,
};

export interface DevelopersWebhookOptions {
  readonly clientKey: string;
  readonly secret: string;
}

export function createDevelopersWebhook(options: DevelopersWebhookOptions): WebhookReader {
  const { clientKey, secret } = options;
  return {
    source: 'tiktok-developers',
    ageMsMax,
    hasSignature: (headers) => signatureForm.test(String(headers['tiktok-signature'])),
    verify(headers, body) {
      const [, time, signature] = signatureForm.exec(String(headers['tiktok-signature'])) ?? [];
      if (time === undefined || !isHexDigest(signature)) return undefined;
      if (!isSignedBy(secret, `${time}.`, body, signature)) return undefined;
      return { signedAt: new Date(Number(time) * 1000) };
    },
    read: (body) => read(body, clientKey),
  };
}

function read(body: Uint8Array, clientKey: string): Reading {
  const externalId = idOfContent(body);
  const unreadable = (name: string, fault: 'malformed' | 'unknown-type'): Reading => ({
    unreadable: { externalId, name, fault },
  });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const envelope = Envelope.parse(parseLossless(text));
    const { event: name, user_openid: openId } = envelope;
    // The secret is ours and the app is not: a mistake in the developers' portal.
    if (envelope.client_key !== clientKey) return unreadable(name, 'malformed');
    const changeOf = Object.hasOwn(events, name) ? events[name] : undefined;
    if (changeOf === undefined) return unreadable(name, 'unknown-type');
    const change = changeOf(envelope.content);
    const { content: _dropped, ...rest } = envelope;
    return {
      event: {
        ...{ externalId, name, change },
        account: openId === undefined ? null : { kind: 'open-id', id: openId },
        sentAt: new Date(envelope.create_time * 1000),
        kept: change.kind === 'none' ? Buffer.from(JSON.stringify(rest)) : body,
      },
    };
  } catch {
    return unreadable('unreadable', 'malformed');
  }
}
