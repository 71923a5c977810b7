import { basicReport } from '../report-stream.ts';

export const advertisersReportsLifetime = basicReport({
  name: 'advertisers_reports_lifetime',
  meaning: 'Figures of the whole account over its whole life.',
  level: 'advertiser',
  by: 'lifetime',
});
