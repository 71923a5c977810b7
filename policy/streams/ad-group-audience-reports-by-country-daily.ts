import { audienceReport } from '../report-stream.ts';

export const adGroupAudienceReportsByCountryDaily = audienceReport({
  name: 'ad_group_audience_reports_by_country_daily',
  meaning: 'Figures of each ad group by country of the viewers and day.',
  level: 'adgroup',
  by: 'day',
  splits: ['country_code'],
});
