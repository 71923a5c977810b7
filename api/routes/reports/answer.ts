/** A report's result as an HTTP answer: rows with their meta, or a stream with the meta in headers. */
import type { FastifyReply } from 'fastify';
import { HubError } from '../../../policy/errors.ts';
import type { ReportResult, ResultFormat } from '../../../warehouse/warehouse.ts';
import { mediaTypes } from './formats.ts';
import type { ReportMeta } from './schema.ts';

/** JSON rows are objects in memory, some hundred bytes each; the other formats are streamed whatever their length. */
const jsonRowsMax = 100_000;

/** Sends the result and frees its spool, also when the client goes away in the middle. */
export async function answerReport(
  reply: FastifyReply,
  format: ResultFormat,
  result: ReportResult,
  meta: ReportMeta,
): Promise<FastifyReply> {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= result.close();
    return closing;
  };
  const closeOrLog = (): void => {
    close().catch((error: unknown) => reply.log.error({ err: error }));
  };
  try {
    reply.header('cache-control', 'no-store').header('vary', 'accept');
    reply.type(mediaTypes[format]);
    if (format === 'json') {
      const payload = await jsonAnswer(result, meta);
      await close();
      return reply.send(payload);
    }
    const stream = await result.stream(format);
    stream.once('close', closeOrLog);
    // A stream that is never read to its end ends with the connection to the client.
    reply.raw.once('close', closeOrLog);
    if (reply.raw.destroyed) stream.destroy();
    return reply
      .header('content-disposition', `attachment; filename="ad-performance.${format}"`)
      .header('hub-as-of', meta.asOf)
      .header('hub-rows', meta.rows)
      .header('hub-completeness', JSON.stringify(meta.completeness))
      .header('hub-newest-pulled-at', meta.newestPulledAt ?? '')
      .header('hub-oldest-pulled-at', meta.oldestPulledAt ?? '')
      .send(stream);
  } catch (error) {
    await close();
    throw error;
  }
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
