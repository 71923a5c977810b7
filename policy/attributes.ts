/** What report rows say about the ad, ad group or campaign they belong to, beside their numbers. */
import type { Field } from './stream.ts';

type Described = Pick<Field, 'type' | 'meaning' | 'category' | 'subject'>;

const structure = (type: Field['type'], meaning: string): Described => ({
  type,
  meaning,
  category: 'ads.structure',
  subject: 'advertiser',
});
const setting = (type: Field['type'], meaning: string): Described => ({
  type,
  meaning,
  category: 'ads.settings',
  subject: 'advertiser',
});

export const attributes = {
  advertiser_id: structure('id', 'Ad account.'),
  campaign_id: structure('id', 'Campaign.'),
  adgroup_id: structure('id', 'Ad group.'),
  ad_id: structure('id', 'Ad.'),
  campaign_name: structure('text', 'Name of the campaign at the time of the pull.'),
  adgroup_name: structure('text', 'Name of the ad group at the time of the pull.'),
  ad_name: structure('text', 'Name of the ad at the time of the pull.'),
  ad_text: {
    type: 'text',
    meaning: 'Text of the ad at the time of the pull.',
    category: 'ads.creative',
    subject: 'advertiser',
  },
  placement_type: setting('text', 'Whether TikTok or the advertiser chose where ads appear.'),
  promotion_type: setting('text', 'What is promoted: app, website, shop.'),
  tt_app_id: setting('id', 'Promoted app, TikTok’s id; 0 for none.'),
  tt_app_name: setting('text', 'Promoted app, its name; "0" for none, as TikTok sends it.'),
  mobile_app_id: setting('text', 'Promoted app, its id in the app store; "0" for none.'),
  dpa_target_audience_type: setting('text', 'Audience that catalogue ads aim at.'),
} as const satisfies Record<string, Described>;

export type Attribute = keyof typeof attributes;
