/** Entities as `/campaign|adgroup|ad/get/` sends them at an instant. */
import { dayMs, utcText } from '../calendar.ts';
import type { EntityLevel, WorldEntity } from '../world.ts';
import { hash } from './hash.ts';
import type { AdGroupNode, AdNode, CampaignNode, Tree } from './tree.ts';

type AnyNode = CampaignNode | AdGroupNode | AdNode;

const minuteMs = 60_000;

/**
 * Entities that exist at that instant, deleted ones too, newest first. Records are made when they
 * are read.
 */
export function entitiesAt(
  tree: Tree,
  level: EntityLevel,
  advertiserId: string,
  now: Date,
): readonly WorldEntity[] {
  const nowMs = now.getTime();
  const nodes: readonly AnyNode[] =
    level === 'campaign' ? tree.campaigns : level === 'adgroup' ? tree.adgroups : tree.ads;
  return nodes
    .filter((node) => node.createdMs <= nowMs)
    .map((node) => entityAt(node, advertiserId, nowMs))
    .reverse();
}

/** Each entity is changed every few days, at its own pace, and once more when it is deleted. */
function revisionAt(node: AnyNode, nowMs: number): { revision: number; modifiedMs: number } {
  if (node.deletedMs <= nowMs) return { revision: -1, modifiedMs: node.deletedMs };
  const paceMs = (2 + (hash(node.seed, 90, 0) % 19)) * dayMs + (node.seed % 1440) * minuteMs;
  const revision = Math.floor((nowMs - node.createdMs) / paceMs);
  return { revision, modifiedMs: node.createdMs + revision * paceMs };
}

function entityAt(node: AnyNode, advertiserId: string, nowMs: number): WorldEntity {
  const adgroup = 'adgroup' in node ? node.adgroup : 'campaign' in node ? node : null;
  const campaign = adgroup?.campaign ?? (node as CampaignNode);
  const { revision, modifiedMs } = revisionAt(node, nowMs);
  const hidesModification = campaign.smartPlus && 'adgroup' in node;
  const deleted = node.deletedMs <= nowMs;
  return {
    id: node.id,
    campaignId: campaign.id,
    adgroupId: adgroup?.id ?? null,
    createdAt: new Date(node.createdMs),
    modifiedAt: hidesModification ? null : new Date(modifiedMs),
    deleted,
    buyingType: campaign.buyingType,
    get record() {
      const times = {
        create_time: utcText(node.createdMs),
        ...(hidesModification ? {} : { modify_time: utcText(modifiedMs) }),
      };
      const base = { advertiser_id: advertiserId, ...times };
      if ('adgroup' in node) return adRecord(node, base, deleted);
      if ('campaign' in node) return adgroupRecord(node, base, deleted, revision);
      return campaignRecord(node, base, deleted, revision);
    },
  };
}

type Base = Readonly<Record<string, unknown>>;

function statusOf(prefix: string, deleted: boolean, healthy: string) {
  return {
    operation_status: deleted ? 'DISABLE' : 'ENABLE',
    secondary_status: `${prefix}_${deleted ? 'DELETE' : healthy}`,
  };
}

/** A new budget with each revision; a deleted entity keeps its last figure out of sight. */
function budgetOf(node: AnyNode, revision: number): number {
  return 20 + (hash(node.seed, revision + 1, 91) % 481);
}

function campaignRecord(node: CampaignNode, base: Base, deleted: boolean, revision: number): Base {
  const infinite = node.seed % 3 === 0;
  return {
    ...base,
    campaign_id: node.id,
    campaign_name: node.name,
    campaign_system_origin: 'TT_ADS_MANAGER',
    objective_type: node.objective,
    objective: node.objective === 'APP_PROMOTION' ? 'APP' : 'LANDING_PAGE',
    app_promotion_type: node.objective === 'APP_PROMOTION' ? 'APP_INSTALL' : 'UNSET',
    campaign_type: 'REGULAR_CAMPAIGN',
    is_search_campaign: false,
    is_smart_performance_campaign: node.smartPlus,
    is_advanced_dedicated_campaign: false,
    rf_campaign_type: node.buyingType === 'RESERVATION_RF' ? 'STANDARD' : null,
    special_industries: [],
    budget_optimize_on: !infinite,
    bid_type: null,
    deep_bid_type: null,
    roas_bid: 0,
    budget_mode: infinite ? 'BUDGET_MODE_INFINITE' : 'BUDGET_MODE_DAY',
    budget: infinite ? 0 : budgetOf(node, revision),
    rta_id: null,
    postback_window_mode: null,
    is_new_structure: true,
    ...statusOf('CAMPAIGN_STATUS', deleted, 'ENABLE'),
  };
}

function adgroupRecord(node: AdGroupNode, base: Base, deleted: boolean, revision: number): Base {
  const { campaign } = node;
  const app = campaign.objective === 'APP_PROMOTION';
  const reserved = campaign.buyingType !== 'AUCTION';
  return {
    ...base,
    campaign_id: campaign.id,
    campaign_name: campaign.name,
    adgroup_id: node.id,
    adgroup_name: node.name,
    is_smart_performance_campaign: campaign.smartPlus,
    promotion_type: app ? 'APP_ANDROID' : 'WEBSITE',
    app_id: app ? '7298000000000000031' : null,
    pixel_id: campaign.objective === 'WEB_CONVERSIONS' ? '7298000000000000011' : null,
    optimization_event: campaign.objective === 'WEB_CONVERSIONS' ? 'SHOPPING' : null,
    placement_type: 'PLACEMENT_TYPE_NORMAL',
    placements: ['PLACEMENT_TIKTOK'],
    search_result_enabled: node.seed % 2 === 0,
    comment_disabled: false,
    video_download_disabled: false,
    share_disabled: false,
    audience_ids: [],
    excluded_audience_ids: [],
    location_ids: node.countries.map((_, index) => String(2_921_044 + index)),
    languages: ['en'],
    gender: 'GENDER_UNLIMITED',
    age_groups: node.seed % 4 === 0 ? null : ['AGE_25_34', 'AGE_35_44'],
    interest_category_ids: [],
    operating_systems: app ? ['ANDROID'] : [],
    device_price_ranges: [],
    brand_safety_type: 'NO_BRAND_SAFETY',
    budget_mode: 'BUDGET_MODE_DAY',
    budget: budgetOf(node, revision),
    scheduled_budget: 0,
    schedule_type: 'SCHEDULE_FROM_NOW',
    schedule_start_time: utcText(node.createdMs),
    schedule_end_time: utcText(node.createdMs + 3650 * dayMs),
    dayparting: '1'.repeat(336),
    optimization_goal:
      { WEB_CONVERSIONS: 'CONVERT', APP_PROMOTION: 'INSTALL' }[campaign.objective as string] ??
      'CLICK',
    billing_event: reserved ? 'CPM' : 'OCPM',
    bid_type: 'BID_TYPE_NO_BID',
    bid_price: 0,
    conversion_bid_price: 0,
    deep_cpa_bid: 0,
    pacing: 'PACING_MODE_SMOOTH',
    frequency: reserved ? 3 : null,
    frequency_schedule: reserved ? 7 : null,
    purchased_impression: reserved ? 500_000 : null,
    purchased_reach: reserved ? 200_000 : null,
    rf_purchased_type: campaign.buyingType === 'RESERVATION_RF' ? 'FIXED_SHOW' : null,
    click_attribution_window: node.window,
    view_attribution_window: 'ONE_DAY',
    engaged_view_attribution_window: 'ONE_DAY',
    attribution_event_count: 'EVERY',
    is_hfss: false,
    creative_material_mode: 'CUSTOM',
    skip_learning_phase: false,
    is_new_structure: true,
    ...statusOf('ADGROUP_STATUS', deleted, 'DELIVERY_OK'),
  };
}

function adRecord(node: AdNode, base: Base, deleted: boolean): Base {
  const { adgroup } = node;
  return {
    ...base,
    campaign_id: adgroup.campaign.id,
    campaign_name: adgroup.campaign.name,
    adgroup_id: adgroup.id,
    adgroup_name: adgroup.name,
    ad_id: node.id,
    ad_name: node.name,
    identity_id: '7298120000000000021',
    identity_type: 'CUSTOMIZED_USER',
    ad_format: 'SINGLE_VIDEO',
    video_id: `v10044g50000cq${node.seed.toString(36)}`,
    image_ids: [`tos-alisg-p-0051c001-sg/${node.seed.toString(36)}`],
    ad_text: `“${node.name}”, as seen\non TikTok`,
    ad_texts: null,
    call_to_action: node.seed % 5 === 0 ? null : 'SHOP_NOW',
    call_to_action_id: null,
    card_id: null,
    landing_page_url: `https://shop.example/${node.index + 1}`,
    page_id: null,
    deeplink: '',
    deeplink_type: 'NORMAL',
    fallback_type: 'UNSET',
    music_id: null,
    tracking_pixel_id: null,
    vast_moat_enabled: false,
    impression_tracking_url: null,
    click_tracking_url: null,
    playable_url: '',
    creative_type: null,
    app_name: '',
    display_name: node.account.profile.name,
    avatar_icon_web_uri: `ad-site-i18n-sg/${node.seed.toString(36)}`,
    profile_image_url: `https://images.example/${node.seed.toString(36)}`,
    creative_authorized: false,
    is_aco: adgroup.campaign.smartPlus,
    is_new_structure: true,
    optimization_event: null,
    ...statusOf('AD_STATUS', deleted, 'DELIVERY_OK'),
  };
}
