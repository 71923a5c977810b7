import { adsListStream } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';
import { under } from '../shop-stream.ts';

export const pixelInstantPageEvents = adsListStream({
  name: 'pixel_instant_page_events',
  meaning: 'Events of TikTok’s instant pages that a goal can be optimised for.',
  key: ['business_type', 'objective_type', 'optimization_goal'],
  scope: '800',
  request: {
    endpoint: 'pixel/instant_page/event/',
    rows: 'list.instant_page_events.objective_types.optimization_goals',
  },
  fields: [
    ...fieldsOf('ads.settings', 'advertiser', {
      optimization_goal: ['text', 'What is optimised for.'],
      optimization_events: ['json', 'Events that count for it.'],
    }),
    ...under(
      '^',
      fieldsOf('ads.settings', 'advertiser', { objective_type: ['text', 'Goal of advertising.'] }),
    ),
    ...under(
      '^.^.^',
      fieldsOf('ads.settings', 'advertiser', { business_type: ['text', 'Kind of instant page.'] }),
    ),
  ],
});
