import { audienceReport } from '../report-stream.ts';

export const adsAudienceReportsByPlatformDaily = audienceReport({
  name: 'ads_audience_reports_by_platform_daily',
  meaning: 'Figures of each ad by kind of device of the viewers and day.',
  level: 'ad',
  by: 'day',
  splits: ['platform'],
});
