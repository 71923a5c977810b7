/**
 * `/callbacks/tiktok-shop` and `/callbacks/tiktok-developers`: anyone may call these addresses, so the signature comes
 * before everything that costs, and an event is durable before it is acknowledged with an empty 200.
 */
import { hash, randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Reading, ReceivedEvent, WebhookReader } from '../../../connectors/webhook.ts';
import { HubError } from '../../../policy/errors.ts';
import { sealContexts } from '../../../policy/seals.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { type CallbackCounts, countCallbacks } from './metrics.ts';

type Deps = Pick<ApiDeps, 'registry' | 'keyring' | 'clock' | 'metrics' | 'webhooks'>;

/** TikTok's largest event has a few kilobytes. */
const bodyBytesMax = 64 * 1024;

export function callbackRoutes(app: ApiInstance, deps: Deps): void {
  if (deps.webhooks === undefined) return;
  const counts = countCallbacks(deps);
  for (const reader of deps.webhooks) {
    app.register(async (scope) => {
      receiveRawBodies(scope as ApiInstance);
      scope.addHook('onRequest', async ({ headers }) => {
        // The body of a stranger is not even read.
        if (!reader.hasSignature(headers)) throw refused(counts, reader, 'signature');
      });
      scope.addHook('onError', async (_request, _reply, error) => {
        if (error.statusCode === 413) counts.refused(reader.source, 'size');
      });
      scope.post(
        `/callbacks/${reader.source}`,
        {
          config: { access: 'public' },
          schema: { hide: true },
          bodyLimit: bodyBytesMax,
        },
        (request, reply) => receive(deps, counts, reader, request, reply),
      );
    });
  }
}

/** Signatures cover bytes: no parser may come between, whatever the content type says. */
function receiveRawBodies(scope: ApiInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
}

async function receive(
  deps: Deps,
  counts: CallbackCounts,
  reader: WebhookReader,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { source } = reader;
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const signed = reader.verify(request.headers, body);
  if (signed === undefined) throw refused(counts, reader, 'signature');
  const reading = reader.read(body);
  const sentAt = signed.signedAt ?? ('event' in reading ? reading.event.sentAt : null);
  const ageMs = sentAt === null ? 0 : deps.clock.now().getTime() - sentAt.getTime();
  if (Math.abs(ageMs) > reader.ageMsMax) throw refused(counts, reader, 'age');
  try {
    const answer = await append(deps, reader, reading, body);
    counts.received(source);
    if (answer === 'duplicate') counts.duplicate(source);
    else if ('unreadable' in reading) counts.setAside(source, reading.unreadable.fault);
  } catch (error) {
    if (error instanceof HubError && error.code === 'CALLBACKS_BUSY') {
      counts.refused(source, 'busy');
    }
    throw error;
  }
  return reply.code(200).send();
}

/** Until it is matched with a connection it lies under the day's key. */
async function append(
  { registry, keyring, clock }: Deps,
  { source }: WebhookReader,
  reading: Reading,
  body: Uint8Array,
): Promise<'new' | 'duplicate'> {
  const id = randomUUID();
  const key = await keyring.ensure('day', clock.now().toISOString().slice(0, 10));
  const { externalId, name: kind } = 'event' in reading ? reading.event : reading.unreadable;
  const event = 'event' in reading ? reading.event : undefined;
  const kept = event?.kept ?? body;
  return registry.events.append({
    ...{ id, source, externalId, kind },
    subject: subjectOf(event) ?? externalId,
    sentAt: event?.sentAt ?? null,
    setAside: 'unreadable' in reading ? reading.unreadable.fault : null,
    sealedBody: await keyring.seal([key], sealContexts.eventBody(id), kept),
  });
}

/** Only what concerns one shop has an order. Of people nothing is derived: an event of theirs stands alone. */
const subjectOf = (event: ReceivedEvent | undefined): string | undefined =>
  event?.account?.kind === 'shop' ? hash('sha256', `shop/${event.account.id}`) : undefined;

function refused(
  counts: CallbackCounts,
  { source }: WebhookReader,
  reason: 'signature' | 'age',
): HubError {
  counts.refused(source, reason);
  return new HubError(
    'CALLBACK_REFUSED',
    reason === 'age'
      ? 'The event was sent too long ago, or by another clock.'
      : 'The signature is missing or wrong: it covers the body byte for byte.',
  );
}
