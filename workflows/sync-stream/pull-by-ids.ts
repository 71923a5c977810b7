import { inParallel } from '../in-parallel.ts';
import type { PageResult, PullRef } from './contract.ts';
import { pagesInFlight } from './pull-pages.ts';
import { calls, type WindowToPull } from './window-to-pull.ts';

export interface PulledByIds {
  readonly parts: number;
  readonly pulledAtMs: number;
  /** A chunk's total changed while its pages were read. */
  readonly moving: boolean;
  readonly cut: boolean;
}

/**
 * Rows of the listed entities, or of the deleted ones, by their ids: those that neither pages of a large account
 * nor an asynchronous report hold. First pages of all chunks, then the others.
 */
export async function pullByIds(
  target: WindowToPull,
  pull: PullRef,
  deletedOnly: boolean,
): Promise<PulledByIds> {
  const { pullPageByIds } = calls(target);
  let moving = false;
  let cut = false;
  const ask = async (chunk: number, page: number, part: number) => {
    const answer = await pullPageByIds({ ...pull, deletedOnly, chunk, page, part });
    cut ||= answer.throttled;
    return answer;
  };
  const first = await ask(0, 1, 1);
  const firsts: PageResult[] = [first];
  await inParallel(numbers(1, first.chunks), pagesInFlight, async (chunk) => {
    firsts[chunk] = await ask(chunk, 1, chunk + 1);
  });
  const others = firsts.flatMap(({ totalPages, totalNumber }, chunk) =>
    numbers(2, totalPages + 1).map((page) => ({ chunk, page, totalNumber })),
  );
  const numbered = others.map((other, index) => ({ ...other, part: first.chunks + index + 1 }));
  await inParallel(numbered, pagesInFlight, async ({ chunk, page, part, totalNumber }) => {
    if ((await ask(chunk, page, part)).totalNumber !== totalNumber) moving = true;
  });
  const parts = first.chunks + others.length;
  return { parts, pulledAtMs: first.pulledAtMs, moving, cut };
}

const numbers = (from: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index);
