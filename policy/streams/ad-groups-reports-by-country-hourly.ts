import { basicReport } from '../report-stream.ts';

export const adGroupsReportsByCountryHourly = basicReport({
  name: 'ad_groups_reports_by_country_hourly',
  meaning: 'Figures of each ad group by country of the viewers and hour: sums only.',
  level: 'adgroup',
  by: 'hour',
  country: true,
});
