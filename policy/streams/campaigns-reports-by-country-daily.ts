import { basicReport } from '../report-stream.ts';

export const campaignsReportsByCountryDaily = basicReport({
  name: 'campaigns_reports_by_country_daily',
  meaning: 'Figures of each campaign by country of the viewers and day.',
  level: 'campaign',
  by: 'day',
  country: true,
});
