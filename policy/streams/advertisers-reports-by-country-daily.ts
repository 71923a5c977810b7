import { basicReport } from '../report-stream.ts';

export const advertisersReportsByCountryDaily = basicReport({
  name: 'advertisers_reports_by_country_daily',
  meaning: 'Figures of the whole account by country of the viewers and day.',
  level: 'advertiser',
  by: 'day',
  country: true,
});
