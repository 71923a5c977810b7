/** Runs in a worker thread: going over a page of megabytes would hold up everything else for milliseconds. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type PageReading, readPage } from './envelope.ts';

export interface BodyToRead {
  readonly body: Uint8Array;
  /** Member of `data` that holds the rows. */
  readonly list: string;
}

export interface ReadBody {
  readonly reading: PageReading;
  readonly body: Uint8Array;
}

/** The bytes go back as they came, by handing over their memory: copies took longer than reading. */
export default ({ body, list }: BodyToRead): ReadBody => {
  const value: ReadBody = { reading: readPage(body, list), body };
  return move({ [transferableSymbol]: [body.buffer], [valueSymbol]: value }) as unknown as ReadBody;
};
