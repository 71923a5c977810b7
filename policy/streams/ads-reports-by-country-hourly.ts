import { basicReport } from '../report-stream.ts';

export const adsReportsByCountryHourly = basicReport({
  name: 'ads_reports_by_country_hourly',
  meaning: 'Figures of each ad by country of the viewers and hour: sums only.',
  level: 'ad',
  by: 'hour',
  country: true,
});
