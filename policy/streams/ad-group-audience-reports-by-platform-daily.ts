import { audienceReport } from '../report-stream.ts';

export const adGroupAudienceReportsByPlatformDaily = audienceReport({
  name: 'ad_group_audience_reports_by_platform_daily',
  meaning: 'Figures of each ad group by kind of device of the viewers and day.',
  level: 'adgroup',
  by: 'day',
  splits: ['platform'],
});
