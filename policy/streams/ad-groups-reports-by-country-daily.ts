import { basicReport } from '../report-stream.ts';

export const adGroupsReportsByCountryDaily = basicReport({
  name: 'ad_groups_reports_by_country_daily',
  meaning: 'Figures of each ad group by country of the viewers and day.',
  level: 'adgroup',
  by: 'day',
  country: true,
});
