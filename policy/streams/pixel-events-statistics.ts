import { adsListStream } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';
import { under } from '../shop-stream.ts';

export const pixelEventsStatistics = adsListStream({
  name: 'pixel_events_statistics',
  meaning: 'How often each event of each pixel was reported within the last 29 days of UTC.',
  key: ['pixel_id', 'pixel_event_type'],
  scope: '802',
  request: {
    endpoint: 'pixel/event/stats/',
    rows: 'list.statistics',
    days: 29,
    per: { stream: 'pixels', idsPerCall: 20, name: 'pixel_ids' },
  },
  fields: [
    ...under('^', fieldsOf('ads.performance', 'advertiser', { pixel_id: ['id', 'Pixel.'] })),
    ...fieldsOf('ads.performance', 'advertiser', {
      pixel_event_type: ['text', 'Event.'],
      total_count: ['count', 'How often it was reported.', 'events'],
      attributed_count: ['count', 'How many of them followed an ad.', 'events'],
      preview_count: ['count', 'How many of them were trials.', 'events'],
    }),
  ],
});
