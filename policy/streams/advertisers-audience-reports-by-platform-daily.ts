import { audienceReport } from '../report-stream.ts';

export const advertisersAudienceReportsByPlatformDaily = audienceReport({
  name: 'advertisers_audience_reports_by_platform_daily',
  meaning: 'Figures of the whole account by kind of device of the viewers and day.',
  level: 'advertiser',
  by: 'day',
  splits: ['platform'],
});
