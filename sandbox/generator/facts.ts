/**
 * The facts: what one ad did in one hour, as known at an instant. Pure integer arithmetic on
 * hashes of (ad, hour), so that nothing is stored and sums are exact. What moves, and when:
 *
 * - An hour is known 30 minutes after its end; split by audience (but for country) 16 hours after
 *   it.
 * - Everything else changes at 12:00 UTC only. The first 12:00 UTC after the hour's UTC day
 *   corrects its spend; that and each following one, until the attribution window of its ad group
 *   has closed, brings further conversions.
 * - Nothing else moves: not impressions, clicks, video views, nor `real_time_*`.
 */
import { dayMs, hourMs } from '../calendar.ts';
import { hash } from './hash.ts';
import type { AdNode } from './tree.ts';

/**
 * Additive figures of a fact. Money is in the smallest unit of the account's currency that is
 * sent.
 */
export const at = {
  spend: 0,
  impressions: 1,
  gross_impressions: 2,
  clicks: 3,
  conversion: 4,
  real_time_conversion: 5,
  result: 6,
  real_time_result: 7,
  secondary_goal_result: 8,
  video_play_actions: 9,
  video_watched_2s: 10,
  video_watched_6s: 11,
  video_views_p25: 12,
  video_views_p50: 13,
  video_views_p75: 14,
  video_views_p100: 15,
  engaged_view: 16,
  engaged_view_15s: 17,
  watched_hundredths: 18,
  profile_visits: 19,
  likes: 20,
  comments: 21,
  shares: 22,
  follows: 23,
  clicks_on_music_disc: 24,
  app_install: 25,
  real_time_app_install: 26,
  registration: 27,
  purchase: 28,
  total_purchase_value: 29,
  complete_payment: 30,
  total_complete_payment_rate: 31,
  total_landing_page_view: 32,
  onsite_shopping: 33,
  total_onsite_shopping_value: 34,
  cta_conversion: 35,
  vta_conversion: 36,
  cta_purchase: 37,
  vta_purchase: 38,
  skan_conversion: 39,
  skan_app_install: 40,
  cash_spend: 41,
  voucher_spend: 42,
} as const;
export type Component = keyof typeof at;
export const components = Object.keys(at) as readonly Component[];
export const componentCount = components.length;

/** The least impressions of an hour that has a fact: enough that each part of a split has one. */
const impressionsMin = 60;
const lagMs = { normal: 30 * 60_000, audience: 16 * hourMs };

/** Hours before this one are known at that instant. */
export function visibleUntil(phaseMs: number, now: Date, lag: keyof typeof lagMs): number {
  return Math.floor((now.getTime() - lagMs[lag] - phaseMs) / hourMs);
}

/** Counts the instants of 12:00 UTC: facts of known hours change only when it does. */
export function restatementOf(now: Date): number {
  return Math.floor((now.getTime() - dayMs / 2) / dayMs);
}

/** How many restatements an hour has seen, of those that matter to it. */
function restatementsSeen(ad: AdNode, hour: number, restatement: number): number {
  const day = Math.floor((hour * hourMs + ad.account.calendar.phaseMs) / dayMs);
  return Math.max(0, restatement - day);
}

/** The hours of one day of indices (24 from `dayIndex * 24`) in which the ad has facts, as bits. */
export function hoursWithFacts(ad: AdNode, dayIndex: number): number {
  const first = dayIndex * 24;
  if (first + 24 <= ad.firstHour || first >= ad.endHour) return 0;
  const mixed = hash(ad.seed, dayIndex, 50);
  if ((mixed & 7) === 0) return 0;
  const one = mixed >>> 8;
  const other = hash(ad.seed, dayIndex, 51) >>> 8;
  const density = ad.seed & 7;
  let hours = density === 0 ? one | other : density < 4 ? one : one & other;
  if (first < ad.firstHour) hours &= 0xffffff << (ad.firstHour - first);
  if (first + 24 > ad.endHour) hours &= 0xffffff >>> (first + 24 - ad.endHour);
  return hours & 0xffffff;
}

/** Writes the fact of an hour that has one into `fact`, as known after that many restatements. */
export function writeFact(ad: AdNode, hour: number, restatement: number, fact: Float64Array): void {
  const seen = restatementsSeen(ad, hour, restatement);
  const one = hash(ad.seed, hour, 60);
  const two = hash(ad.seed, hour, 61);
  const impressions = impressionsMin + (one % ad.volume);
  const clicks = Math.floor((impressions * (4 + ((one >>> 20) & 15))) / 1000);
  fact.fill(0);
  fact[at.impressions] = impressions;
  fact[at.gross_impressions] = impressions + (two & 3);
  fact[at.clicks] = clicks;
  writeSpend(ad, impressions, two, seen, fact);
  writeVideo(impressions, one, two, fact);
  writeConversions(ad, clicks, hash(ad.seed, hour, 62), seen, fact);
}

function writeSpend(
  ad: AdNode,
  impressions: number,
  mixed: number,
  seen: number,
  fact: Float64Array,
): void {
  const price = ad.account.profile.costPerMille * (800 + ((mixed >>> 2) & 255));
  const spend = 1 + Math.floor((impressions * price) / 1_000_000);
  const correction = Math.floor((spend * (((mixed >>> 10) & 63) - 20)) / 1000) || 1;
  const corrected = seen === 0 ? spend : Math.max(1, spend + correction);
  fact[at.spend] = corrected;
  fact[at.voucher_spend] = Math.floor(corrected / 10);
  fact[at.cash_spend] = corrected - Math.floor(corrected / 10);
}

function writeVideo(impressions: number, one: number, two: number, fact: Float64Array): void {
  const plays = Math.floor((impressions * (850 + ((two >>> 16) & 127))) / 1000);
  const watched2s = Math.floor((plays * (120 + ((two >>> 20) & 127))) / 1000);
  const p25 = Math.floor((plays * (70 + ((one >>> 12) & 63))) / 1000);
  fact[at.video_play_actions] = plays;
  fact[at.video_watched_2s] = watched2s;
  fact[at.video_watched_6s] = watched2s >> 2;
  fact[at.engaged_view] = watched2s >> 3;
  fact[at.engaged_view_15s] = watched2s >> 5;
  fact[at.video_views_p25] = p25;
  fact[at.video_views_p50] = p25 >> 1;
  fact[at.video_views_p75] = (p25 * 5) >> 4;
  fact[at.video_views_p100] = (p25 * 3) >> 4;
  fact[at.watched_hundredths] = plays * (100 + ((one >>> 8) & 63));
  fact[at.profile_visits] = (impressions * ((two >>> 24) & 7)) >> 11;
  fact[at.likes] = (impressions * ((one >>> 24) & 15)) >> 11;
  fact[at.comments] = (impressions * ((one >>> 28) & 3)) >> 12;
  fact[at.shares] = (impressions * ((two >>> 27) & 3)) >> 12;
  fact[at.follows] = (impressions * ((two >>> 29) & 3)) >> 12;
  fact[at.clicks_on_music_disc] = two >>> 31;
}

/** Most of them arrive at once, the rest ever more slowly until the window closes. */
function arrivedShare(seen: number, windowDays: number): number {
  if (seen >= windowDays) return 1000;
  const left = windowDays - seen;
  return 1000 - Math.floor((400 * left * left) / (windowDays * windowDays));
}

function writeConversions(
  ad: AdNode,
  clicks: number,
  mixed: number,
  seen: number,
  fact: Float64Array,
): void {
  const { objective } = ad.adgroup.campaign;
  if (objective === 'TRAFFIC' || objective === 'VIDEO_VIEWS') {
    const result = objective === 'TRAFFIC' ? clicks : fact[at.video_watched_6s]!;
    fact[at.result] = result;
    fact[at.real_time_result] = result;
    fact[at.total_landing_page_view] = objective === 'TRAFFIC' ? (clicks * 7) >> 3 : 0;
    return;
  }
  const rate = 20 + (mixed & 127);
  const final = Math.floor((clicks * rate + ((mixed >>> 7) & 1023)) / 1000);
  const arrived = final * arrivedShare(seen, ad.windowDays) + (((mixed >>> 12) & 1023) % 1000);
  const conversion = Math.floor(arrived / 1000);
  const realTime = Math.floor((clicks * rate + ((mixed >>> 20) & 1023)) / 1000);
  fact[at.conversion] = conversion;
  fact[at.real_time_conversion] = realTime;
  fact[at.result] = conversion;
  fact[at.real_time_result] = realTime;
  fact[at.vta_conversion] = conversion >> 2;
  fact[at.cta_conversion] = conversion - (conversion >> 2);
  const price = ad.account.profile.costPerMille * 4 + ((mixed >>> 17) & 1023);
  if (objective === 'APP_PROMOTION') {
    writeApp(conversion, realTime, price, fact);
    return;
  }
  const value = conversion * price;
  if (objective === 'PRODUCT_SALES') {
    fact[at.onsite_shopping] = conversion;
    fact[at.total_onsite_shopping_value] = value;
    fact[at.secondary_goal_result] = conversion >> 1;
    return;
  }
  fact[at.complete_payment] = conversion;
  fact[at.total_complete_payment_rate] = value;
  fact[at.total_landing_page_view] = (clicks * 7) >> 3;
  fact[at.vta_purchase] = conversion >> 2;
  fact[at.cta_purchase] = conversion - (conversion >> 2);
}

function writeApp(conversion: number, realTime: number, price: number, fact: Float64Array): void {
  fact[at.app_install] = conversion;
  fact[at.real_time_app_install] = realTime;
  fact[at.registration] = (conversion * 3) >> 2;
  fact[at.purchase] = conversion >> 1;
  fact[at.total_purchase_value] = (conversion >> 1) * price;
  fact[at.skan_conversion] = (conversion * 3) >> 2;
  fact[at.skan_app_install] = conversion >> 1;
}

/** Hours of one ad in the longest window, in which its slots follow each other. */
const rememberedHours = 1024;
const remembered = Array.from({ length: rememberedHours }, () => ({
  ad: null as AdNode | null,
  hour: 0,
  restatement: 0,
  fact: new Float64Array(componentCount),
}));

/** The same fact, written once for all slots that are cut from it; good until the next call. */
export function rememberFact(ad: AdNode, hour: number, restatement: number): Float64Array {
  const place = remembered[hour & (rememberedHours - 1)]!;
  if (place.ad !== ad || place.hour !== hour || place.restatement !== restatement) {
    writeFact(ad, hour, restatement, place.fact);
    place.ad = ad;
    place.hour = hour;
    place.restatement = restatement;
  }
  return place.fact;
}

const scratch = new Float64Array(componentCount);

/**
 * The fact of one ad and hour (see `at`), or null where there is none or it is not known yet. Read
 * it at once.
 */
export function factsOf(
  ad: AdNode,
  hour: number,
  now: Date,
  lag: keyof typeof lagMs = 'normal',
): Readonly<Float64Array> | null {
  if (hour >= visibleUntil(ad.account.calendar.phaseMs, now, lag)) return null;
  const dayIndex = Math.floor(hour / 24);
  if ((hoursWithFacts(ad, dayIndex) & (1 << (hour - dayIndex * 24))) === 0) return null;
  writeFact(ad, hour, restatementOf(now), scratch);
  return scratch;
}
