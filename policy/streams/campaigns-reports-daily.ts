import { basicReport } from '../report-stream.ts';

export const campaignsReportsDaily = basicReport({
  name: 'campaigns_reports_daily',
  meaning: 'Figures of each campaign by day.',
  level: 'campaign',
  by: 'day',
});
