import { basicReport } from '../report-stream.ts';

export const campaignsReportsByCountryHourly = basicReport({
  name: 'campaigns_reports_by_country_hourly',
  meaning: 'Figures of each campaign by country of the viewers and hour: sums only.',
  level: 'campaign',
  by: 'hour',
  country: true,
});
