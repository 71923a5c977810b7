import { basicReport } from '../report-stream.ts';

export const adGroupsReportsDaily = basicReport({
  name: 'ad_groups_reports_daily',
  meaning: 'Figures of each ad group by day.',
  level: 'adgroup',
  by: 'day',
});
