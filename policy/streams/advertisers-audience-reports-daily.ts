import { audienceReport } from '../report-stream.ts';

export const advertisersAudienceReportsDaily = audienceReport({
  name: 'advertisers_audience_reports_daily',
  meaning: 'Figures of the whole account by age and gender of the viewers and day.',
  level: 'advertiser',
  by: 'day',
  splits: ['age', 'gender'],
});
