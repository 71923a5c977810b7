/** Runs in a worker thread: reading a page of 100 orders would hold up everything else for milliseconds. */
import { readShopPage, type ShopPageReading } from './envelope.ts';

export default ({ body, rowsPath }: { body: Uint8Array; rowsPath: string }): ShopPageReading =>
  readShopPage(new TextDecoder().decode(body), rowsPath);
