import { basicReport } from '../report-stream.ts';

export const adsReportsLifetime = basicReport({
  name: 'ads_reports_lifetime',
  meaning: 'Figures of each ad over its whole life.',
  level: 'ad',
  by: 'lifetime',
});
