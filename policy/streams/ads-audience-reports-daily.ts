import { audienceReport } from '../report-stream.ts';

export const adsAudienceReportsDaily = audienceReport({
  name: 'ads_audience_reports_daily',
  meaning: 'Figures of each ad by age and gender of the viewers and day.',
  level: 'ad',
  by: 'day',
  splits: ['age', 'gender'],
});
