/**
 * The accounts of a generated world: zones ahead of and behind UTC, with and without DST, at half
 * hours.
 */
import type { Calendar } from '../calendar.ts';
import { createCalendar } from '../calendar.ts';
import { hash } from './hash.ts';

export interface AccountProfile {
  readonly name: string;
  readonly company: string;
  readonly country: string;
  readonly timeZone: string;
  readonly displayTimeZone: string;
  readonly currency: string;
  /** Fixed decimals of money: TikTok sends three, and none for currencies without minor unit. */
  readonly moneyDecimals: 0 | 3;
  /** Price of 1000 impressions in the smallest unit of money that is sent. */
  readonly costPerMille: number;
}

export interface GeneratedAccount {
  readonly index: number;
  readonly advertiserId: string;
  readonly seed: number;
  readonly profile: AccountProfile;
  readonly calendar: Calendar;
  readonly record: Readonly<Record<string, unknown>>;
}

const profile = (
  [name, company, country]: [string, string, string],
  [timeZone, displayTimeZone]: [string, string],
  currency: string,
  [moneyDecimals, costPerMille]: [0 | 3, number],
): AccountProfile => ({
  name,
  company,
  country,
  timeZone,
  displayTimeZone,
  currency,
  moneyDecimals,
  costPerMille,
});

const zone = (timeZone: string): [string, string] => [timeZone, timeZone];

/** The first three: one ahead of UTC, one with DST, one behind it. */
const profiles: readonly AccountProfile[] = [
  profile(
    ['Lantern Tea', 'Lantern Tea Co., Ltd.', 'CN'],
    zone('Asia/Shanghai'),
    'CNY',
    [3, 28_000],
  ),
  profile(['Nordlys Home EU', 'Nordlys Home GmbH', 'DE'], zone('Europe/Berlin'), 'EUR', [3, 4_600]),
  profile(
    ['Redwood Outdoor', 'Redwood Outdoor, Inc.', 'US'],
    ['Etc/GMT+8', 'America/Los_Angeles'],
    'USD',
    [3, 5_200],
  ),
  profile(['Kumo Beauty', 'Kumo Beauty K.K.', 'JP'], zone('Asia/Tokyo'), 'JPY', [0, 620]),
  profile(['Hudson Pets', 'Hudson Pets LLC', 'US'], zone('America/New_York'), 'USD', [3, 6_100]),
  profile(
    ['Indigo Threads', 'Indigo Threads Pvt Ltd', 'IN'],
    zone('Asia/Kolkata'),
    'INR',
    [3, 96_000],
  ),
  profile(
    ['Tui Kitchen', 'Tui Kitchen Limited', 'NZ'],
    zone('Pacific/Auckland'),
    'NZD',
    [3, 7_400],
  ),
  profile(
    ['Himal Crafts', 'Himal Crafts Pvt Ltd', 'NP'],
    zone('Asia/Kathmandu'),
    'USD',
    [3, 1_900],
  ),
];

/** Ids are above 2^53, so that a reader that parses them as numbers loses digits. */
export function advertiserIdOf(seed: number, index: number): string {
  return String(
    7_298_110_042_331_234_305n + BigInt(index) * 1_000_003n + BigInt(hash(seed, index, 1)),
  );
}

export function createAccount(seed: number, index: number, createdAt: Date): GeneratedAccount {
  const chosen = profiles[index % profiles.length]!;
  const round = Math.floor(index / profiles.length);
  const named = round === 0 ? chosen : { ...chosen, name: `${chosen.name} ${round + 1}` };
  const advertiserId = advertiserIdOf(seed, index);
  return {
    index,
    advertiserId,
    seed: hash(seed, index, 2),
    profile: named,
    calendar: createCalendar(named.timeZone),
    record: accountRecord(named, advertiserId, hash(seed, index, 3), createdAt),
  };
}

/** As `/advertiser/info/` sends it; contact data come masked, as TikTok masks them. */
function accountRecord(
  account: AccountProfile,
  advertiserId: string,
  mixed: number,
  createdAt: Date,
): Readonly<Record<string, unknown>> {
  const digits = String((mixed % 90) + 10);
  return {
    advertiser_id: advertiserId,
    owner_bc_id: '7298100000000000001',
    name: account.name,
    status: 'STATUS_ENABLE',
    role: 'ROLE_ADVERTISER',
    rejection_reason: '',
    timezone: account.timeZone,
    display_timezone: account.displayTimeZone,
    company: account.company,
    industry: '290303',
    address: null,
    country: account.country,
    advertiser_account_type: 'AUCTION',
    currency: account.currency,
    contacter: `${account.company.slice(0, 2)}***${account.company.slice(-2)}`,
    email: 'a***********@************',
    cellphone_number: null,
    telephone_number: `+4930****${digits}`,
    language: 'en',
    license_no: '',
    license_url: null,
    license_province: null,
    license_city: null,
    promotion_area: '0',
    promotion_center_province: null,
    promotion_center_city: null,
    brand: null,
    description: '',
    balance: (mixed % 1_000_000) / 100,
    create_time: Math.floor(createdAt.getTime() / 1000),
  };
}
