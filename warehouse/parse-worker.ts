/** Entry of the parsing threads: keeps JSON.parse off the event loop. */
import { type ParsedPart, type ParseInput, parsePart, UnreadablePart } from './parse.ts';

export type ParseOutcome = { parsed: ParsedPart } | { unreadable: string };

export default function parseInThread(input: ParseInput): ParseOutcome {
  try {
    return { parsed: parsePart(input) };
  } catch (error) {
    // Classes do not survive the way between threads.
    if (error instanceof UnreadablePart) return { unreadable: error.message };
    throw error;
  }
}
