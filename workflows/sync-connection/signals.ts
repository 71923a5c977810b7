import { setHandler } from '@temporalio/workflow';
import {
  type ConnectionReading,
  pauseSignal,
  type RefreshInput,
  refreshSignal,
  resumeSignal,
  wakeSignal,
} from './contract.ts';

/** What was asked for and not yet obeyed; every request wakes the main loop. */
export interface Signals {
  woken: boolean;
  /** The last reading, for the progress query. */
  reading: ConnectionReading | null;
  pending(): boolean;
  take(): { pause: boolean | null; refresh: RefreshInput | null };
}

export function receiveSignals(): Signals {
  let pause: boolean | null = null;
  let refresh: RefreshInput | null = null;
  const signals: Signals = {
    woken: false,
    reading: null,
    pending: () => pause !== null || refresh !== null,
    take: () => {
      const taken = { pause, refresh };
      pause = null;
      refresh = null;
      return taken;
    },
  };
  setHandler(pauseSignal, () => {
    pause = true;
    signals.woken = true;
  });
  setHandler(resumeSignal, () => {
    pause = false;
    signals.woken = true;
  });
  setHandler(refreshSignal, (asked) => {
    refresh = merge(refresh, asked);
    signals.woken = true;
  });
  setHandler(wakeSignal, () => {
    signals.woken = true;
  });
  return signals;
}

/** Two refreshes before the first is obeyed become one; "all streams" wins. */
function merge(earlier: RefreshInput | null, later: RefreshInput): RefreshInput {
  if (earlier === null) return later;
  if (earlier.streams === undefined || later.streams === undefined) return {};
  return { streams: [...new Set([...earlier.streams, ...later.streams])] };
}
