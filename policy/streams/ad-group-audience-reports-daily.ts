import { audienceReport } from '../report-stream.ts';

export const adGroupAudienceReportsDaily = audienceReport({
  name: 'ad_group_audience_reports_daily',
  meaning: 'Figures of each ad group by age and gender of the viewers and day.',
  level: 'adgroup',
  by: 'day',
  splits: ['age', 'gender'],
});
