/**
 * Task queues, once. What is limited by TikTok has a queue of its own, whose rate is the quota; revocation has one
 * so that it never waits behind a backlog.
 */
export const queues = {
  /** Workflow tasks, nothing else. */
  hub: 'hub',
  /** DuckDB: loads, plans that read a connection's file. */
  warehouse: 'warehouse',
  /** PostgreSQL and keys. */
  office: 'office',
  /** One activity = one call to TikTok's API for Business. */
  tiktokAds: 'tiktok-ads',
  /** Creation of asynchronous report tasks only: TikTok counts them apart. */
  tiktokAdsReportTasks: 'tiktok-ads-report-tasks',
  /** Reports of GMV Max: TikTok counts them by the app and apart. */
  tiktokGmvMax: 'tiktok-gmv-max',
  /** One activity = one call to TikTok Shop, whose limits are counted by shop and endpoint: the queue has no rate. */
  tiktokShop: 'tiktok-shop',
  revocation: 'revocation',
} as const;

export type TaskQueue = (typeof queues)[keyof typeof queues];
