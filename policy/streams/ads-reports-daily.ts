import { basicReport } from '../report-stream.ts';

export const adsReportsDaily = basicReport({
  name: 'ads_reports_daily',
  meaning: 'Figures of each ad by day.',
  level: 'ad',
  by: 'day',
});
