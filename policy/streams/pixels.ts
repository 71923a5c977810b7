import { adsListStream } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

export const pixels = adsListStream({
  name: 'pixels',
  meaning:
    'Pixels with which the account’s web sites report what visitors do, and the events of each.',
  key: ['pixel_id'],
  scope: '800',
  request: { endpoint: 'pixel/list/', rows: 'pixels', pageSize: 20 },
  fields: fieldsOf('ads.settings', 'advertiser', {
    pixel_id: ['id', 'Pixel.'],
    pixel_code: ['text', 'What the web site names it by.'],
    pixel_name: ['text', 'Name of the pixel.'],
    pixel_category: ['text', 'Kind of web site.'],
    pixel_setup_mode: ['text', 'How it was put in.'],
    partner_name: ['text', 'Partner through which it was put in.'],
    activity_status: ['text', 'Whether it reports.'],
    create_time: ['instant', 'When it was made.'],
    advanced_matching_fields: [
      'json',
      'Which kinds of contact it matches visitors by; no contact.',
    ],
    asset_ownership: ['json', 'Business Center that owns it.'],
    events: ['json', 'Events that it reports, and their rules.'],
  }),
  dropped: [{ source: 'pixel_script', reason: 'Code for a web site, the same for every pixel.' }],
});
