import { adGroupFields } from '../ad-group-fields.ts';
import { entityStream, listingPasses } from '../entity-stream.ts';

export const adGroups = entityStream({
  name: 'ad_groups',
  meaning: 'Ad groups of the account, deleted ones too.',
  key: ['adgroup_id'],
  scope: '210',
  request: { kind: 'listing', endpoint: 'adgroup/get/', passes: listingPasses(100) },
  fields: adGroupFields,
  dropped: [
    { source: 'phone_number', reason: 'A phone number to call: no report needs it.' },
    {
      source: 'messaging_app_account_id',
      reason: 'Can be a person’s phone number; no report needs it.',
    },
  ],
});
