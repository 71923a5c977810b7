/** `GET /sandbox/gmv-max/truth?advertiserId&storeId&from&to`: see `gmv-max-truth.ts`. */
import type { FastifyInstance } from 'fastify';
import { BadControl } from '../../control-body.ts';
import type { AdsContext } from '../endpoint.ts';
import { gmvTruth } from './gmv-max-truth.ts';
import { campaignsOf, shopsOfAccount } from './stores.ts';

interface Query {
  readonly advertiserId: string;
  readonly storeId: string;
  readonly from: string;
  readonly to: string;
}

export function registerGmvMaxControl(app: FastifyInstance, context: AdsContext): void {
  const { world, clock } = context;
  app.get<{ Querystring: Query }>('/sandbox/gmv-max/truth', (request) => {
    const { advertiserId, storeId, from, to } = request.query;
    const index = world.accounts.findIndex((account) => account.advertiserId === advertiserId);
    const shop =
      index === -1 ? null : shopsOfAccount(index, context).find(({ id }) => id === storeId);
    if (!shop) throw new BadControl('There is no such advertiser with this store.');
    return gmvTruth({
      campaigns: campaignsOf(index, shop, context),
      timeZone: world.accounts[index]!.timeZone,
      ...{ startsAt: world.startsAt, from, to, now: clock.now() },
    });
  });
}
