import { audienceReport } from '../report-stream.ts';

export const campaignsAudienceReportsDaily = audienceReport({
  name: 'campaigns_audience_reports_daily',
  meaning: 'Figures of each campaign by age and gender of the viewers and day.',
  level: 'campaign',
  by: 'day',
  splits: ['age', 'gender'],
});
