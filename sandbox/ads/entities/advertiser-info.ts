/** `GET /advertiser/info/`: the accounts themselves. */
import { Refusal } from '../answers.ts';
import type { Endpoint } from '../endpoint.ts';
import { listReply } from '../endpoint.ts';
import { project, readFields } from './fields.ts';

/** Left out unless asked for by name. */
const notByDefault = 'company_name_editable';
const idsMax = 100;

export const advertiserInfo: Endpoint = {
  method: 'GET',
  path: 'advertiser/info/',
  needsToken: true,
  scope: 100,
  advertisersOf(parameters) {
    try {
      return parameters.list('advertiser_ids') ?? [];
    } catch {
      // A list that cannot be read is refused later, among the parameters.
      return [];
    }
  },
  answer({ parameters }, { world }) {
    parameters.required('advertiser_ids');
    const ids = parameters.list('advertiser_ids') ?? [];
    if (ids.length > idsMax) throw new Refusal(40011, `advertiser_ids: At most ${idsMax} ids.`);
    const fields = readFields(parameters, 'advertiser');
    const records = world.accounts
      .filter((account) => ids.includes(account.advertiserId))
      .map(({ record }) => {
        if (fields) return project(record, fields);
        const { [notByDefault]: _left, ...shown } = record;
        return shown;
      });
    return listReply(records);
  },
};
