/** Runs in a worker thread: going over a page of megabytes would hold up everything else for milliseconds. */
import { type PageReading, readPage } from './envelope.ts';

export default (body: Uint8Array): PageReading => readPage(body);
