/** Separates the rows of a page from its envelope without building them: the warehouse will, once. */

export interface CutPage {
  readonly rows: number;
  /** The answer with an empty list: a few hundred bytes, to be parsed. */
  readonly envelope: string;
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const space = 0x20;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** `{` is 1 and the object of `data` 2, so its list is 3 and a row 4 deep. */
const listDepth = 3;

/**
 * Walks over brackets and texts only, three times faster than a parse. Null when brackets or texts are left open (the
 * answer was cut off) or the list holds anything but objects. `list` is the member of `data` that holds the rows.
 */
export function cutPage(body: Uint8Array, list = 'list'): CutPage | null {
  const letters = [...list].map((letter) => letter.charCodeAt(0));
  let depth = 0;
  let rows = 0;
  let listFrom = -1;
  let listTo = -1;
  let underList = false;
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === quote) {
      const end = textEnd(body, at);
      if (end < 0 || (depth === listDepth && isInside(listFrom, listTo))) return null;
      if (depth === listDepth - 1) underList = isText(letters, body, at, end);
      at = end;
    } else if (byte === openBrace || byte === openBracket) {
      depth += 1;
      if (depth === listDepth) {
        if (underList && byte === openBracket && listFrom < 0) listFrom = at;
      } else if (depth === listDepth + 1 && isInside(listFrom, listTo)) {
        if (byte === openBracket) return null;
        rows += 1;
      }
    } else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === listDepth - 1 && isInside(listFrom, listTo)) listTo = at + 1;
    } else if (depth === listDepth && isInside(listFrom, listTo)) {
      if (byte !== comma && byte! > space) return null;
    }
  }
  if (depth !== 0) return null;
  const text = new TextDecoder();
  if (listTo < 0) return { rows, envelope: text.decode(body) };
  const before = text.decode(body.subarray(0, listFrom));
  return { rows, envelope: `${before}[]${text.decode(body.subarray(listTo))}` };
}

const isInside = (from: number, to: number): boolean => from >= 0 && to < 0;

/** Where the text that begins at `from` has its closing quote; negative when it has none. */
function textEnd(body: Uint8Array, from: number): number {
  for (let at = from + 1; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === quote) return at;
    if (byte === backslash) at += 1;
  }
  return -1;
}

const isText = (letters: readonly number[], body: Uint8Array, from: number, to: number): boolean =>
  to - from - 1 === letters.length &&
  letters.every((letter, index) => body[from + 1 + index] === letter);
