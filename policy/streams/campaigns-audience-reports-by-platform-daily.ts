import { audienceReport } from '../report-stream.ts';

export const campaignsAudienceReportsByPlatformDaily = audienceReport({
  name: 'campaigns_audience_reports_by_platform_daily',
  meaning: 'Figures of each campaign by kind of device of the viewers and day.',
  level: 'campaign',
  by: 'day',
  splits: ['platform'],
});
