import { basicReport } from '../report-stream.ts';

export const campaignsReportsLifetime = basicReport({
  name: 'campaigns_reports_lifetime',
  meaning: 'Figures of each campaign over its whole life.',
  level: 'campaign',
  by: 'lifetime',
});
