/** Reads large answers off the event loop. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { CsvReading } from './answer-worker.ts';
import type { PageReading } from './envelope.ts';

export interface AnswerReader {
  page(body: Uint8Array): Promise<PageReading>;
  /** Takes the bytes over: they are empty here afterwards. */
  csv(body: Uint8Array): Promise<CsvReading>;
  close(): Promise<void>;
}

export function createAnswerReader(): AnswerReader {
  const threads = new Piscina<Uint8Array, PageReading | CsvReading>({
    filename: fileURLToPath(new URL('./answer-worker.ts', import.meta.url)),
    minThreads: 0,
    // TikTok's best tier is 50 pages a second, and a page takes a few milliseconds.
    maxThreads: 2,
    idleTimeout: 30_000,
  });
  return {
    page: (body) => threads.run(body, { name: 'page' }) as Promise<PageReading>,
    csv(body) {
      const own = body.byteLength === body.buffer.byteLength ? [body.buffer as ArrayBuffer] : [];
      return threads.run(body, { name: 'csv', transferList: own }) as Promise<CsvReading>;
    },
    close: () => threads.close(),
  };
}
