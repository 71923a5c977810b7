import { adsListStream } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const audiences = adsListStream({
  name: 'audiences',
  meaning:
    'Groups of people that ads can aim at: how they were made and how many they are, never who.',
  key: ['audience_id'],
  scope: '30',
  request: { endpoint: 'dmp/custom_audience/list/', pageSize: 100 },
  fields: fieldsOf('ads.settings', 'advertiser', {
    audience_id: ['id', 'Audience.'],
    name: ['text', 'Name of the audience.'],
    audience_type: ['text', 'What it was made from: a file, engagement, a likeness.'],
    calculate_type: ['text', 'What people of a file are told by.'],
    cover_num: ['count', 'How many people it holds.', 'people'],
    create_time: ['instant', 'When it was made.'],
    expired_time: ['instant', 'When it ends.'],
    is_creator: ['boolean', 'Whether this account made it.'],
    is_expiring: ['boolean', 'Whether it ends soon.'],
    is_valid: ['boolean', 'Whether ads can aim at it.'],
    shared: ['boolean', 'Whether it is shared with other accounts.'],
  }),
});
