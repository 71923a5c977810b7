import { inParallel } from '../in-parallel.ts';
import type { LoadWindowInput, PageResult, PullRef } from './contract.ts';
import { calls, type WindowToPull } from './window-to-pull.ts';

/** Pages of one window under way: enough to hide TikTok's answer time, few enough for others to come between. */
export const pagesInFlight = 4;

type PagesLoad = Pick<
  LoadWindowInput,
  'parts' | 'pulledAtMs' | 'timeZone' | 'totalNumber' | 'totalMetrics' | 'cut'
>;

export type Pages =
  | { readonly complete: true; readonly load: PagesLoad }
  /** `moved`: the total changed while pages were read. `cut`: TikTok left rows out. `large`: a task is cheaper. */
  | {
      readonly complete: false;
      readonly reason: 'moved' | 'cut' | 'large';
      readonly load: PagesLoad;
    };

/** Pulls all pages of all passes; stops early where another way is better. */
export async function pullPages(target: WindowToPull, pull: PullRef): Promise<Pages> {
  const { plan } = target;
  const hasOtherWay = plan.taskable || plan.listed;
  const { pullPage } = calls(target);
  const load = {
    parts: 0,
    pulledAtMs: 0,
    timeZone: plan.timeZone,
    totalNumber: null as number | null,
    totalMetrics: null as PageResult['totalMetrics'],
    cut: false,
  };
  let moved = false;
  for (let pass = 0; pass < plan.passes; pass += 1) {
    const partsBefore = load.parts;
    const first = await pullPage({ ...pull, pass, page: 1, part: partsBefore + 1 });
    load.cut ||= first.throttled;
    if (load.cut && hasOtherWay) return { complete: false, reason: 'cut', load };
    if (plan.taskRowsMin !== null && (first.totalNumber ?? 0) > plan.taskRowsMin) {
      return { complete: false, reason: 'large', load };
    }
    if (pass === 0) {
      load.pulledAtMs = first.pulledAtMs;
      load.totalMetrics = first.totalMetrics;
    }
    if (first.totalNumber !== null) load.totalNumber = (load.totalNumber ?? 0) + first.totalNumber;
    load.parts += Math.max(1, first.totalPages);
    const pages = Array.from({ length: Math.max(0, first.totalPages - 1) }, (_, i) => i + 2);
    await inParallel(pages, pagesInFlight, async (page) => {
      const next = await pullPage({ ...pull, pass, page, part: partsBefore + page });
      if (next.totalNumber !== first.totalNumber) moved = true;
      load.cut ||= next.throttled;
    });
  }
  if (load.cut && hasOtherWay) return { complete: false, reason: 'cut', load };
  return moved ? { complete: false, reason: 'moved', load } : { complete: true, load };
}
