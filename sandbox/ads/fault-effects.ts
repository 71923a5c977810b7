/** What faults do to the text of an answer. */
import type { FaultKind, FaultRule } from './faults.ts';

type Take = (kind: FaultKind) => FaultRule | null;

const dayMs = 86_400_000;
/** Far enough outside any window that a synchronous report may have. */
const foreignDays = 400;

export function spoilJson(text: string, take: Take): string {
  let spoilt = text;
  if (text.includes('"stat_time_') && take('foreign-day')) spoilt = withForeignDay(spoilt);
  if (/_id":"\d+"/.test(text) && take('bare-id')) {
    spoilt = spoilt.replace(/(_id":)"(\d+)"/, '$1$2');
  }
  return take('truncate') ? spoilt.slice(0, Math.floor(spoilt.length / 2)) : spoilt;
}

/** An envelope where a CSV was due. */
export function spoilCsv(requestId: string, take: Take): string | null {
  const fault = take('csv-error');
  if (!fault) return null;
  const { code = 51_037, message = 'Internal service error.' } = fault;
  return JSON.stringify({ code, message, request_id: requestId, data: {} });
}

function withForeignDay(text: string): string {
  return text.replace(
    /("stat_time_(?:day|hour)":")(\d{4}-\d\d-\d\d)/,
    (_all, before: string, day: string) => {
      const foreign = new Date(Date.parse(`${day}T00:00:00Z`) - foreignDays * dayMs);
      return before + foreign.toISOString().slice(0, 10);
    },
  );
}
