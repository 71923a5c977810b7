import { basicReport } from '../report-stream.ts';

export const advertisersReportsDaily = basicReport({
  name: 'advertisers_reports_daily',
  meaning: 'Figures of the whole account by day.',
  level: 'advertiser',
  by: 'day',
});
