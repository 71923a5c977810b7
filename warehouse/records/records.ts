/** What is asked of orders and products one by one: by lists, by detail, and, apart, by buyer. */
import type { PictureAddress } from '../pictures/picture-cache.ts';

export type Cell = string | number | boolean | null;

export interface ListRecordsInput {
  /** Of one workspace; those without a file are left out. */
  readonly connectionIds: readonly string[];
  readonly filter: {
    readonly statuses?: readonly string[] | undefined;
    readonly ids?: readonly string[] | undefined;
    /** UTC days on which they were made. */
    readonly from?: string | undefined;
    readonly to?: string | undefined;
    /** The beginning of an id; of products also a part of the title. */
    readonly text?: string | undefined;
    readonly deleted?: boolean | undefined;
  };
  readonly sort?: { readonly field: string; readonly descending: boolean } | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface ListedRecord {
  readonly connectionId: string;
  readonly isDeleted: boolean;
  /** The stream's fields by name. Ids and money as text, instants as ISO 8601, structures as JSON text. */
  readonly record: Readonly<Record<string, Cell>>;
}

type Listed = Promise<{ rows: ListedRecord[]; total: number }>;

export interface Records {
  listOrders(input: ListRecordsInput): Listed;
  listProducts(input: ListRecordsInput): Listed;
  order(
    connectionId: string,
    orderId: string,
  ): Promise<{ order: ListedRecord; lineItems: ListedRecord[] } | undefined>;
  product(
    connectionId: string,
    productId: string,
  ): Promise<{ product: ListedRecord; skus: ListedRecord[] } | undefined>;
  /** Where TikTok says that the picture is; undefined when it named none. */
  pictureAddress(picture: PictureAddress): Promise<string | undefined>;
  /** From the people file; undefined once the order's time is over. Whoever asks keeps a record of it. */
  orderBuyer(
    connectionId: string,
    orderId: string,
  ): Promise<Readonly<Record<string, Cell>> | undefined>;
}
