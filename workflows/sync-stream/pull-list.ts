import { ApplicationFailure } from '@temporalio/workflow';
import { inParallel } from '../in-parallel.ts';
import type { ListPageResult, PullRef } from './contract.ts';
import { type Pages, pagesInFlight } from './pull-pages.ts';
import { listCalls, type WindowToPull } from './window-to-pull.ts';

/** So many pages keep the history far below Temporal's limit; a window that has more is halved. */
const pagesMax = 2_000;

/**
 * A list: page after page where only a page names the next, as those of a shop, else several pages at a time; of what
 * is asked by ids, several runs of ids at a time. It has moved when a run held other than as many rows as TikTok said at its beginning.
 */
export async function pullList(target: WindowToPull, pull: PullRef): Promise<Pages> {
  const { pullListPage } = listCalls(target);
  const load = {
    parts: 0,
    pulledAtMs: 0,
    timeZone: target.plan.timeZone,
    totalNumber: 0 as number | null,
    totalMetrics: null,
    cut: false,
  };
  let moved = false;

  const pullRun = async (chunk: number): Promise<ListPageResult> => {
    const ask = (pageToken: string | null) => {
      if (load.parts >= pagesMax) {
        const message = `The list goes on after ${pagesMax} pages.`;
        throw ApplicationFailure.nonRetryable(message, 'TIKTOK_ANSWER_TOO_LARGE');
      }
      load.parts += 1;
      return pullListPage({ ...pull, chunk, pageToken, part: load.parts });
    };
    const first = await ask(null);
    let rows = first.rows;
    const take = async (pageToken: string): Promise<string | null> => {
      const next = await ask(pageToken);
      rows += next.rows;
      return next.nextPageToken;
    };
    if (first.totalPages !== undefined) {
      const others = Array.from(
        { length: Math.max(0, first.totalPages - 1) },
        (_, i) => `${i + 2}`,
      );
      await inParallel(others, pagesInFlight, async (page) => void (await take(page)));
    } else {
      for (let token = first.nextPageToken; token !== null; ) token = await take(token);
    }
    const { totalNumber } = first;
    if (totalNumber === null || load.totalNumber === null) load.totalNumber = null;
    else load.totalNumber += totalNumber;
    moved ||= totalNumber !== null && totalNumber !== rows;
    return first;
  };

  const first = await pullRun(0);
  load.pulledAtMs = first.pulledAtMs;
  // Without ids nothing was called.
  if (first.chunks === 0) load.parts = 0;
  const others = Array.from({ length: Math.max(0, first.chunks - 1) }, (_, index) => index + 1);
  await inParallel(others, pagesInFlight, async (chunk) => {
    await pullRun(chunk);
  });
  return moved ? { complete: false, reason: 'moved', load } : { complete: true, load };
}
