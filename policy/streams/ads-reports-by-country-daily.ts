import { basicReport } from '../report-stream.ts';

export const adsReportsByCountryDaily = basicReport({
  name: 'ads_reports_by_country_daily',
  meaning: 'Figures of each ad by country of the viewers and day.',
  level: 'ad',
  by: 'day',
  country: true,
});
