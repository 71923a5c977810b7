/** Reads pages off the event loop. */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { PageReading } from './envelope.ts';

export interface PageReader {
  read(body: Uint8Array): Promise<PageReading>;
  close(): Promise<void>;
}

export function createPageReader(): PageReader {
  const threads = new Piscina<Uint8Array, PageReading>({
    filename: fileURLToPath(new URL('./page-worker.ts', import.meta.url)),
    minThreads: 0,
    // TikTok's best tier is 50 pages a second, and a page takes a few milliseconds.
    maxThreads: 2,
    idleTimeout: 30_000,
  });
  return { read: (body) => threads.run(body), close: () => threads.close() };
}
