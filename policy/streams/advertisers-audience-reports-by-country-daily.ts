import { audienceReport } from '../report-stream.ts';

export const advertisersAudienceReportsByCountryDaily = audienceReport({
  name: 'advertisers_audience_reports_by_country_daily',
  meaning: 'Figures of the whole account by country of the viewers and day.',
  level: 'advertiser',
  by: 'day',
  splits: ['country_code'],
});
