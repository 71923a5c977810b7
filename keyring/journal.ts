/**
 * The journal of destructions. A key that is marked here is gone for ever, whatever file it may turn up in; `done`
 * says that both replicas were read back without it.
 */
export type JournalLine =
  | { readonly mark: readonly string[]; readonly epoch: number; readonly at: string }
  | { readonly done: number; readonly at: string };

/** Returns undefined when a line in the middle cannot be read; a torn last line was never acknowledged. */
export function readJournal(text: string): JournalLine[] | undefined {
  const lines = text.split('\n');
  lines.pop();
  const journal: JournalLine[] = [];
  for (const line of lines) {
    try {
      const value = JSON.parse(line) as JournalLine;
      if (!('done' in value) && !Array.isArray(value.mark)) return undefined;
      journal.push(value);
    } catch {
      return undefined;
    }
  }
  return journal;
}

/** All lines of both, each once, marks before what finished them. */
export function mergeJournals(...journals: readonly JournalLine[][]): JournalLine[] {
  const lines = new Map<string, JournalLine>();
  for (const line of journals.flat()) lines.set(JSON.stringify(line), line);
  const order = (line: JournalLine): number => ('done' in line ? line.done + 0.5 : line.epoch);
  return [...lines.values()].sort((a, b) => order(a) - order(b));
}

export const journalText = (journal: readonly JournalLine[]): string =>
  journal.map((line) => `${JSON.stringify(line)}\n`).join('');

export interface Destroyed {
  /** Null while a destruction is marked and not yet verified. */
  destroyedAt: Date | null;
}

export function destroyedKeys(journal: readonly JournalLine[]): Map<string, Destroyed> {
  const destroyed = new Map<string, Destroyed>();
  for (const line of journal) {
    if ('done' in line) {
      // A rotation verifies the absence of every key that was marked before it.
      for (const entry of destroyed.values()) entry.destroyedAt ??= new Date(line.at);
    } else {
      for (const id of line.mark) if (!destroyed.has(id)) destroyed.set(id, { destroyedAt: null });
    }
  }
  return destroyed;
}
