import { basicReport } from '../report-stream.ts';

export const campaignsReportsHourly = basicReport({
  name: 'campaigns_reports_hourly',
  meaning: 'Figures of each campaign by hour: sums only.',
  level: 'campaign',
  by: 'hour',
});
