import { inParallel } from '../in-parallel.ts';
import type { PullRef } from './contract.ts';
import { pagesInFlight } from './pull-pages.ts';
import { calls, type WindowToPull } from './window-to-pull.ts';

/**
 * The rows of deleted entities, which an asynchronous report leaves out: without them their spend would be missing.
 * Null where the account has none.
 */
export async function pullDeleted(
  target: WindowToPull,
  pull: PullRef,
): Promise<{ parts: number; pulledAtMs: number } | null> {
  const { pullDeletedPage } = calls(target);
  let parts = 0;
  let pulledAtMs: number | null = null;
  for (let chunk = 0, chunks = 1; chunk < chunks; chunk += 1) {
    const before = parts;
    const first = await pullDeletedPage({ ...pull, chunk, page: 1, part: before + 1 });
    // The list of deleted entities may have become shorter meanwhile.
    if (chunk >= first.chunks) break;
    chunks = first.chunks;
    pulledAtMs ??= first.pulledAtMs;
    parts += Math.max(1, first.totalPages);
    const pages = Array.from({ length: Math.max(0, first.totalPages - 1) }, (_, i) => i + 2);
    await inParallel(pages, pagesInFlight, async (page) => {
      await pullDeletedPage({ ...pull, chunk, page, part: before + page });
    });
  }
  return pulledAtMs === null ? null : { parts, pulledAtMs };
}
