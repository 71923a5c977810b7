/** What the plain listings of an account's things share: an advertiser, pages, and rows under some name. */
import type { World, WorldAccount } from '../../world.ts';
import { pageInfoJson, permission } from '../answers.ts';
import type { AdsContext, Endpoint } from '../endpoint.ts';
import type { Parameters } from '../parameters.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface Listing<Item extends object> {
  readonly path: string;
  readonly scope: number;
  /** The member of `data` that holds the rows; `list` when absent. */
  readonly under?: string;
  readonly pageSizeMax: number;
  readonly pageSize: number;
  rows(asked: Asked): readonly Item[];
  /** What a row of the asked page says, where making it costs; the row itself when absent. */
  row?(item: Item, asked: Asked): Row;
}

export interface Asked {
  readonly account: WorldAccount;
  /** Tells accounts apart where records are made of numbers. */
  readonly index: number;
  readonly parameters: Parameters;
  readonly context: AdsContext;
  readonly now: Date;
}

/** @throws Refusal for an advertiser that is not of this world. */
export function askedOf(parameters: Parameters, context: AdsContext): Asked {
  const id = parameters.required('advertiser_id');
  const index = indexOf(context.world, id);
  const account = context.world.accounts[index];
  if (!account) throw permission(`No permission to operate advertiser ${id}.`);
  return { account, index, parameters, context, now: context.clock.now() };
}

const indexOf = ({ accounts }: World, id: string): number =>
  accounts.findIndex(({ advertiserId }) => advertiserId === id);

export function listing<Item extends object>(declared: Listing<Item>): Endpoint {
  const { path, scope, under = 'list', pageSizeMax } = declared;
  return {
    ...{ method: 'GET', path, needsToken: true, scope },
    answer({ parameters }, context) {
      const asked = askedOf(parameters, context);
      const { page, pageSize } = parameters.paging(pageSizeMax, declared.pageSize);
      const all = declared.rows(asked);
      const moved = context.faults.movedBy({
        ...{ path, advertiserId: asked.account.advertiserId, page },
      });
      const from = (page - 1) * pageSize - moved;
      const { row = (item: Item) => item } = declared;
      const rows = all.slice(from, from + pageSize).map((item) => row(item, asked));
      const info = pageInfoJson({ page, pageSize, total: all.length + moved });
      return { data: `{"${under}":${JSON.stringify(rows)},"page_info":${info}}` };
    },
  };
}
