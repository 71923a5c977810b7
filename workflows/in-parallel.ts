import { CancellationScope } from '@temporalio/workflow';

/** Runs `work` over all items, a few at a time; the first error cancels the others. */
export async function inParallel<T>(
  items: readonly T[],
  inFlight: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const lane = async (): Promise<void> => {
      for (const item of left) await work(item);
    };
    const lanes = Array.from({ length: Math.min(inFlight, items.length) }, lane);
    try {
      await Promise.all(lanes);
    } catch (error) {
      scope.cancel();
      await Promise.allSettled(lanes);
      throw error;
    }
  });
}
