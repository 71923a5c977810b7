import { audienceReport } from '../report-stream.ts';

/** Audience reports know no lifetime: this is the longest range TikTok gives, pulled whole. */
export const advertisersAudienceReportsLifetime = audienceReport({
  name: 'advertisers_audience_reports_lifetime',
  meaning:
    'Figures of the whole account by age and gender of the viewers, over the 365 days up to yesterday.',
  level: 'advertiser',
  by: 'lifetime',
  splits: ['age', 'gender'],
});
