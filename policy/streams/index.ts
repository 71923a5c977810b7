/** Every stream, by name. Adding one is adding its file and its line here. */
import { scopeGranted } from '../scopes.ts';
import type { Platform, Stream } from '../stream.ts';
import { adGroupAudienceReportsByCountryDaily } from './ad-group-audience-reports-by-country-daily.ts';
import { adGroupAudienceReportsByPlatformDaily } from './ad-group-audience-reports-by-platform-daily.ts';
import { adGroupAudienceReportsDaily } from './ad-group-audience-reports-daily.ts';
import { adGroups } from './ad-groups.ts';
import { adGroupsReportsByCountryDaily } from './ad-groups-reports-by-country-daily.ts';
import { adGroupsReportsByCountryHourly } from './ad-groups-reports-by-country-hourly.ts';
import { adGroupsReportsDaily } from './ad-groups-reports-daily.ts';
import { adGroupsReportsHourly } from './ad-groups-reports-hourly.ts';
import { adGroupsReportsLifetime } from './ad-groups-reports-lifetime.ts';
import { ads } from './ads.ts';
import { adsAudienceReportsByCountryDaily } from './ads-audience-reports-by-country-daily.ts';
import { adsAudienceReportsByPlatformDaily } from './ads-audience-reports-by-platform-daily.ts';
import { adsAudienceReportsByProvinceDaily } from './ads-audience-reports-by-province-daily.ts';
import { adsAudienceReportsDaily } from './ads-audience-reports-daily.ts';
import { adsReportsByCountryDaily } from './ads-reports-by-country-daily.ts';
import { adsReportsByCountryHourly } from './ads-reports-by-country-hourly.ts';
import { adsReportsDaily } from './ads-reports-daily.ts';
import { adsReportsHourly } from './ads-reports-hourly.ts';
import { adsReportsLifetime } from './ads-reports-lifetime.ts';
import { advertisers } from './advertisers.ts';
import { advertisersAudienceReportsByCountryDaily } from './advertisers-audience-reports-by-country-daily.ts';
import { advertisersAudienceReportsByPlatformDaily } from './advertisers-audience-reports-by-platform-daily.ts';
import { advertisersAudienceReportsDaily } from './advertisers-audience-reports-daily.ts';
import { advertisersAudienceReportsLifetime } from './advertisers-audience-reports-lifetime.ts';
import { advertisersReportsByCountryDaily } from './advertisers-reports-by-country-daily.ts';
import { advertisersReportsByCountryHourly } from './advertisers-reports-by-country-hourly.ts';
import { advertisersReportsDaily } from './advertisers-reports-daily.ts';
import { advertisersReportsHourly } from './advertisers-reports-hourly.ts';
import { advertisersReportsLifetime } from './advertisers-reports-lifetime.ts';
import { audiences } from './audiences.ts';
import { campaigns } from './campaigns.ts';
import { campaignsAudienceReportsByCountryDaily } from './campaigns-audience-reports-by-country-daily.ts';
import { campaignsAudienceReportsByPlatformDaily } from './campaigns-audience-reports-by-platform-daily.ts';
import { campaignsAudienceReportsDaily } from './campaigns-audience-reports-daily.ts';
import { campaignsReportsByCountryDaily } from './campaigns-reports-by-country-daily.ts';
import { campaignsReportsByCountryHourly } from './campaigns-reports-by-country-hourly.ts';
import { campaignsReportsDaily } from './campaigns-reports-daily.ts';
import { campaignsReportsHourly } from './campaigns-reports-hourly.ts';
import { campaignsReportsLifetime } from './campaigns-reports-lifetime.ts';
import { creativeAssetsImages } from './creative-assets-images.ts';
import { creativeAssetsMusic } from './creative-assets-music.ts';
import { creativeAssetsPortfolios } from './creative-assets-portfolios.ts';
import { creativeAssetsVideos } from './creative-assets-videos.ts';
import { gmvMaxCampaigns } from './gmv-max-campaigns.ts';
import { gmvMaxReportsDaily } from './gmv-max-reports-daily.ts';
import { gmvMaxStores } from './gmv-max-stores.ts';
import { pixelEventsStatistics } from './pixel-events-statistics.ts';
import { pixelInstantPageEvents } from './pixel-instant-page-events.ts';
import { pixels } from './pixels.ts';
import { shopCancellationLineItems } from './shop-cancellation-line-items.ts';
import { shopCancellations } from './shop-cancellations.ts';
import { shopInventory } from './shop-inventory.ts';
import { shopOrderBuyers } from './shop-order-buyers.ts';
import { shopOrderLineItems } from './shop-order-line-items.ts';
import { shopOrders } from './shop-orders.ts';
import { shopPackages } from './shop-packages.ts';
import { shopPayments } from './shop-payments.ts';
import { shopPrices } from './shop-prices.ts';
import { shopProducts } from './shop-products.ts';
import { shopReturnLineItems } from './shop-return-line-items.ts';
import { shopReturns } from './shop-returns.ts';
import { shopSkus } from './shop-skus.ts';
import { shopStatementTransactions } from './shop-statement-transactions.ts';
import { shopStatements } from './shop-statements.ts';
import { shopUnsettledOrders } from './shop-unsettled-orders.ts';
import { shopWithdrawals } from './shop-withdrawals.ts';
import { shops } from './shops.ts';
import { sparkAds } from './spark-ads.ts';

export const streams = {
  advertisers: advertisers,
  campaigns: campaigns,
  ad_groups: adGroups,
  ads: ads,
  ads_reports_daily: adsReportsDaily,
  ads_reports_hourly: adsReportsHourly,
  ads_reports_lifetime: adsReportsLifetime,
  ads_reports_by_country_daily: adsReportsByCountryDaily,
  ads_reports_by_country_hourly: adsReportsByCountryHourly,
  ads_audience_reports_daily: adsAudienceReportsDaily,
  ads_audience_reports_by_country_daily: adsAudienceReportsByCountryDaily,
  ads_audience_reports_by_platform_daily: adsAudienceReportsByPlatformDaily,
  ads_audience_reports_by_province_daily: adsAudienceReportsByProvinceDaily,
  ad_groups_reports_daily: adGroupsReportsDaily,
  ad_groups_reports_hourly: adGroupsReportsHourly,
  ad_groups_reports_lifetime: adGroupsReportsLifetime,
  ad_groups_reports_by_country_daily: adGroupsReportsByCountryDaily,
  ad_groups_reports_by_country_hourly: adGroupsReportsByCountryHourly,
  ad_group_audience_reports_daily: adGroupAudienceReportsDaily,
  ad_group_audience_reports_by_country_daily: adGroupAudienceReportsByCountryDaily,
  ad_group_audience_reports_by_platform_daily: adGroupAudienceReportsByPlatformDaily,
  campaigns_reports_daily: campaignsReportsDaily,
  campaigns_reports_hourly: campaignsReportsHourly,
  campaigns_reports_lifetime: campaignsReportsLifetime,
  campaigns_reports_by_country_daily: campaignsReportsByCountryDaily,
  campaigns_reports_by_country_hourly: campaignsReportsByCountryHourly,
  campaigns_audience_reports_daily: campaignsAudienceReportsDaily,
  campaigns_audience_reports_by_country_daily: campaignsAudienceReportsByCountryDaily,
  campaigns_audience_reports_by_platform_daily: campaignsAudienceReportsByPlatformDaily,
  advertisers_reports_daily: advertisersReportsDaily,
  advertisers_reports_hourly: advertisersReportsHourly,
  advertisers_reports_lifetime: advertisersReportsLifetime,
  advertisers_reports_by_country_daily: advertisersReportsByCountryDaily,
  advertisers_reports_by_country_hourly: advertisersReportsByCountryHourly,
  advertisers_audience_reports_daily: advertisersAudienceReportsDaily,
  advertisers_audience_reports_by_country_daily: advertisersAudienceReportsByCountryDaily,
  advertisers_audience_reports_by_platform_daily: advertisersAudienceReportsByPlatformDaily,
  advertisers_audience_reports_lifetime: advertisersAudienceReportsLifetime,
  audiences: audiences,
  creative_assets_images: creativeAssetsImages,
  creative_assets_videos: creativeAssetsVideos,
  creative_assets_music: creativeAssetsMusic,
  creative_assets_portfolios: creativeAssetsPortfolios,
  spark_ads: sparkAds,
  pixels: pixels,
  pixel_instant_page_events: pixelInstantPageEvents,
  pixel_events_statistics: pixelEventsStatistics,
  gmv_max_stores: gmvMaxStores,
  gmv_max_campaigns: gmvMaxCampaigns,
  gmv_max_reports_daily: gmvMaxReportsDaily,
  shops: shops,
  shop_products: shopProducts,
  shop_skus: shopSkus,
  shop_prices: shopPrices,
  shop_inventory: shopInventory,
  shop_orders: shopOrders,
  shop_order_line_items: shopOrderLineItems,
  shop_order_buyers: shopOrderBuyers,
  shop_packages: shopPackages,
  shop_cancellations: shopCancellations,
  shop_cancellation_line_items: shopCancellationLineItems,
  shop_returns: shopReturns,
  shop_return_line_items: shopReturnLineItems,
  shop_statements: shopStatements,
  shop_statement_transactions: shopStatementTransactions,
  shop_unsettled_orders: shopUnsettledOrders,
  shop_payments: shopPayments,
  shop_withdrawals: shopWithdrawals,
} as const satisfies Record<string, Stream>;

export type StreamName = keyof typeof streams;

export const streamNames = Object.keys(streams) as StreamName[];

export const adsStreamNames = streamNames.filter((name) => streams[name].platform === 'tiktok-ads');

/** The stream of that name; a name that comes from outside may be unknown. */
export function streamByName(name: string): Stream | undefined {
  return Object.hasOwn(streams, name) ? streams[name as StreamName] : undefined;
}

/** The streams of one kind of account. */
export const streamsOf = (platform: Platform): Stream[] =>
  Object.values<Stream>(streams).filter((stream) => stream.platform === platform);

/** Whether its scope is among the granted, and that of the stream whose ids it is asked by. */
export function isGranted({ scope, request }: Stream, granted: readonly string[]): boolean {
  const per = 'per' in request && request.per ? streamByName(request.per.stream) : undefined;
  return [scope, ...(per ? [per.scope] : [])].every((one) => scopeGranted(one, granted));
}

/** Those that are asked for: parts come with the stream whose records hold them. */
export const pulledStreams = (platform: Platform): Stream[] =>
  streamsOf(platform).filter(({ request }) => request.kind !== 'part');
