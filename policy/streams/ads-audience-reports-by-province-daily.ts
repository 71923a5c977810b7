import { audienceReport } from '../report-stream.ts';

export const adsAudienceReportsByProvinceDaily = audienceReport({
  name: 'ads_audience_reports_by_province_daily',
  meaning: 'Figures of each ad by province of the viewers and day.',
  level: 'ad',
  by: 'day',
  splits: ['province_id'],
});
