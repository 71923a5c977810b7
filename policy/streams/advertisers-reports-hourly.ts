import { basicReport } from '../report-stream.ts';

export const advertisersReportsHourly = basicReport({
  name: 'advertisers_reports_hourly',
  meaning: 'Figures of the whole account by hour: sums only.',
  level: 'advertiser',
  by: 'hour',
});
