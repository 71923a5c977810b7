import { audienceReport } from '../report-stream.ts';

export const adsAudienceReportsByCountryDaily = audienceReport({
  name: 'ads_audience_reports_by_country_daily',
  meaning: 'Figures of each ad by country of the viewers and day.',
  level: 'ad',
  by: 'day',
  splits: ['country_code'],
});
