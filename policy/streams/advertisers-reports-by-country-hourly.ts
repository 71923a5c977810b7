import { basicReport } from '../report-stream.ts';

export const advertisersReportsByCountryHourly = basicReport({
  name: 'advertisers_reports_by_country_hourly',
  meaning: 'Figures of the whole account by country of the viewers and hour: sums only.',
  level: 'advertiser',
  by: 'hour',
  country: true,
});
