/** A report's result as an HTTP answer: rows with their meta, or a stream with the meta in headers. */
import type { FastifyReply } from 'fastify';
import { HubError } from '../../../policy/errors.ts';
import type { ReportResult, ResultFormat } from '../../../warehouse/warehouse.ts';
import { mediaTypes } from './formats.ts';
import type { ReportMeta } from './schema.ts';

/** JSON rows are objects in memory, some hundred bytes each; the other formats are streamed whatever their length. */
const jsonRowsMax = 100_000;

/** Aborted when the client goes away before it has its whole answer. */
export function clientLeaves(reply: FastifyReply): AbortSignal {
  const leaving = new AbortController();
  const { raw } = reply;
  if (raw.destroyed) leaving.abort();
  raw.once('close', () => {
    if (!raw.writableFinished) leaving.abort();
  });
  return leaving.signal;
}

/** Sends the result and frees its spool, also when the client goes away in the middle. */
export async function answerReport(
  reply: FastifyReply,
  format: ResultFormat,
  result: ReportResult,
  meta: ReportMeta,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-store').header('vary', 'accept').type(mediaTypes[format]);
  if (format === 'json') {
    try {
      return reply.send(await jsonAnswer(result, meta));
    } finally {
      await result.close();
    }
  }
  const stream = await result.stream(format).catch(async (error: unknown) => {
    await result.close();
    throw error;
  });
  // Only after the stream has let go of what it reads, which it does at its end and when it is destroyed.
  stream.once('close', () => {
    result.close().catch((error: unknown) => reply.log.error({ err: error }, 'A spool stays'));
  });
  // A client that goes away, before the first byte or in the middle, ends the stream.
  reply.raw.once('close', () => stream.destroy());
  if (reply.raw.destroyed) stream.destroy();
  return reply
    .header('content-disposition', `attachment; filename="ad-performance.${format}"`)
    .header('hub-as-of', meta.asOf)
    .header('hub-rows', meta.rows)
    .header('hub-completeness', JSON.stringify(meta.completeness))
    .header('hub-newest-pulled-at', meta.newestPulledAt ?? '')
    .header('hub-oldest-pulled-at', meta.oldestPulledAt ?? '')
    .send(stream);
}

async function jsonAnswer(result: ReportResult, meta: ReportMeta): Promise<string> {
  if (result.rows > jsonRowsMax) {
    throw new HubError('RESULT_TOO_LARGE', 'Ask for ndjson, csv, parquet or arrow instead.', {
      details: { rows: result.rows, rowsMax: jsonRowsMax },
    });
  }
  const rows = await result.read('json');
  // As text: no schema walks over every row again. Whole numbers above 2^53 stay exact as strings.
  return JSON.stringify({ rows, meta }, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
