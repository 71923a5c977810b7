import { basicReport } from '../report-stream.ts';

export const adGroupsReportsLifetime = basicReport({
  name: 'ad_groups_reports_lifetime',
  meaning: 'Figures of each ad group over its whole life.',
  level: 'adgroup',
  by: 'lifetime',
});
