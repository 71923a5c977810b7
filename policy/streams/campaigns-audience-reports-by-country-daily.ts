import { audienceReport } from '../report-stream.ts';

export const campaignsAudienceReportsByCountryDaily = audienceReport({
  name: 'campaigns_audience_reports_by_country_daily',
  meaning: 'Figures of each campaign by country of the viewers and day.',
  level: 'campaign',
  by: 'day',
  splits: ['country_code'],
});
