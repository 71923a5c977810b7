import { adsListStream } from '../ads-list-stream.ts';
import { fieldsOf } from '../entity-stream.ts';

const promotionTypes = ['PRODUCT_GMV_MAX', 'LIVE_GMV_MAX'];

export const gmvMaxCampaigns = adsListStream({
  name: 'gmv_max_campaigns',
  meaning: 'Campaigns of GMV Max, for products and for live sales.',
  key: ['campaign_id'],
  scope: '200',
  request: {
    endpoint: 'gmv_max/campaign/get/',
    query: { filtering: JSON.stringify({ gmv_max_promotion_types: promotionTypes }) },
    pageSize: 100,
  },
  fields: [
    ...fieldsOf('ads.structure', 'advertiser', {
      advertiser_id: ['id', 'Ad account.'],
      campaign_id: ['id', 'Campaign.'],
      campaign_name: ['text', 'Name of the campaign.'],
      store_id: ['id', 'Shop that it promotes.'],
      create_time: ['instant', 'When it was made.'],
      modify_time: ['instant', 'When it was last changed.'],
    }),
    ...fieldsOf('ads.settings', 'advertiser', {
      operation_status: ['text', 'Whether it is switched on.'],
      secondary_status: ['text', 'Why it delivers or not.'],
      objective_type: ['text', 'Goal of advertising.'],
      shopping_ads_type: ['text', 'Products or live sales.'],
      roi_protection_compensation_status: ['text', 'Whether TikTok makes up for a low return.'],
      schedule_type: ['text', 'Whether it has an end.'],
      schedule_start_time: ['instant', 'When it begins.'],
      schedule_end_time: ['instant', 'When it ends.'],
    }),
  ],
});
