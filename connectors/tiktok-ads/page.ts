/** Reads pages off the event loop. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { type PageReading, readPage } from './envelope.ts';
import type { BodyToRead, ReadBody } from './page-worker.ts';

export interface PageReader {
  /**
   * Takes the body's memory; the one that is returned holds the same bytes. `list` is the member of `data` that holds
   * the rows.
   */
  read(
    body: Buffer,
    list: string,
  ): Promise<{ readonly reading: PageReading; readonly body: Buffer }>;
  close(): Promise<void>;
}

/** Read within a millisecond: the way to a thread and back takes longer. */
const smallPageBytes = 100_000;

export function createPageReader(): PageReader {
  const threads = new Piscina<BodyToRead, ReadBody>({
    filename: fileURLToPath(new URL('./page-worker.ts', import.meta.url)),
    minThreads: 0,
    // TikTok's best tier is 50 pages a second, and a page takes a few milliseconds.
    maxThreads: 2,
    idleTimeout: 30_000,
  });
  return {
    async read(body, list) {
      if (body.length < smallPageBytes) return { reading: readPage(body, list), body };
      // A buffer that shares its memory with others is not ours to hand over.
      const alone = body.buffer.byteLength === body.length ? body : Buffer.copyBytesFrom(body);
      const read = await threads.run(
        { body: alone, list },
        { transferList: [alone.buffer as ArrayBuffer] },
      );
      const { buffer, byteOffset, length } = read.body;
      return { reading: read.reading, body: Buffer.from(buffer, byteOffset, length) };
    },
    close: () => threads.close(),
  };
}
