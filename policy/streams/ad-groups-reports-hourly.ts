import { basicReport } from '../report-stream.ts';

export const adGroupsReportsHourly = basicReport({
  name: 'ad_groups_reports_hourly',
  meaning: 'Figures of each ad group by hour: sums only.',
  level: 'adgroup',
  by: 'hour',
});
