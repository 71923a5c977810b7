/** Entry of the parsing threads for pages of a shop. */
import { type ParsedPart, UnreadablePart } from '../parse.ts';
import { type RecordsInput, readRecords } from './read-records.ts';

export type RecordsOutcome = { parsed: ParsedPart[] } | { unreadable: string };

export default function readInThread(input: RecordsInput): RecordsOutcome {
  try {
    return { parsed: readRecords(input) };
  } catch (error) {
    // Classes do not survive the way between threads.
    if (error instanceof UnreadablePart) return { unreadable: error.message };
    throw error;
  }
}
