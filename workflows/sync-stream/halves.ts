import { type Window, wholeWindow } from '../../policy/windows.ts';

const dayMs = 86_400_000;
const toDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The newer half first; a single day, and a stream that is pulled whole, have none. */
export function halves(window: Window): readonly Window[] {
  const from = Date.parse(window.from);
  const days = (Date.parse(window.to) - from) / dayMs + 1;
  if (days < 2 || window.from === wholeWindow.from) return [];
  const cut = from + Math.ceil(days / 2) * dayMs;
  return [
    { from: toDay(cut), to: window.to },
    { from: window.from, to: toDay(cut - dayMs) },
  ];
}
