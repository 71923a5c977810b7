import { basicReport } from '../report-stream.ts';

export const adsReportsHourly = basicReport({
  name: 'ads_reports_hourly',
  meaning: 'Figures of each ad by hour: sums only.',
  level: 'ad',
  by: 'hour',
});
