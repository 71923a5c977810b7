/** Pixels, what they counted, and the events that Instant Pages know. */
import { dayNumber, utcText } from '../../calendar.ts';
import { hash } from '../../generator/hash.ts';
import { badParameter } from '../answers.ts';
import { type Endpoint, listReply } from '../endpoint.ts';
import { type Asked, askedOf, listing } from './listing.ts';

const dayMs = 86_400_000;
const daysMax = 30;
/** The one that ad groups name. */
const namedPixel = '7298000000000000011';
const events = ['ON_WEB_ORDER', 'ON_WEB_CART', 'PAGE_VIEW'];

/** One that ad groups name, and one of the account's own. */
const pixelIdsOf = ({ index }: Asked): readonly string[] => [
  namedPixel,
  String(7_298_000_000_000_000_100n + BigInt(index)),
];

const eventIdOf = (pixelId: string, at: number): string =>
  String(BigInt(pixelId) + 1_000n + BigInt(at));

function pixelsOf(asked: Asked) {
  const createdMs = asked.context.world.startsAt.getTime() - 400 * dayMs;
  return pixelIdsOf(asked).map((pixel_id, at) => ({
    pixel_id,
    pixel_code: `C${hash(Number(BigInt(pixel_id) % 1_000_003n), at, 91)
      .toString(36)
      .toUpperCase()
      .padStart(19, 'A')}`,
    pixel_name: at === 0 ? 'Web shop' : `${asked.account.name} landing pages`,
    pixel_category: 'ONLINE_STORE',
    pixel_setup_mode: at === 0 ? 'DEVELOPER' : 'STANDARD',
    partner_name: null,
    activity_status: 'ACTIVE',
    create_time: utcText(createdMs),
    advanced_matching_fields: { email: true, phone_number: false },
    asset_ownership: { ownership_status: true, owner_bc_id: '7298100000000000001' },
    events: events.map((event_type, index) => ({
      event_id: eventIdOf(pixel_id, index),
      event_type,
      event_code: event_type,
      name: event_type.toLowerCase(),
      currency: asked.account.currency,
      currency_value: '0',
      statistic_type: 'EVERY_TIME',
      deprecated: false,
      optimization_event: index === 0,
      rules: [],
    })),
    pixel_script: '',
  }));
}

function readRange(asked: Asked): readonly number[] {
  asked.parameters.required('date_range');
  const { start_date: from, end_date: to } = asked.parameters.object('date_range');
  const isDay = (value: unknown): value is string =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(dayNumber(value));
  if (!isDay(from) || !isDay(to)) throw badParameter('date_range: Not valid days.');
  const days = dayNumber(to) - dayNumber(from) + 1;
  if (days < 1 || days > daysMax) throw badParameter(`date_range: 1 to ${daysMax} days.`);
  return Array.from({ length: days }, (_, at) => dayNumber(from) + at);
}

/** Days of UTC, unlike in reports. Nothing is counted of days to come. */
const statistics: Endpoint = {
  ...{ method: 'GET', path: 'pixel/event/stats/', needsToken: true, scope: 802 },
  answer({ parameters }, context) {
    const asked = askedOf(parameters, context);
    parameters.required('pixel_ids');
    const today = Math.floor(asked.now.getTime() / dayMs);
    const days = readRange(asked).filter((day) => day <= today);
    const known = pixelIdsOf(asked);
    const list = (parameters.list('pixel_ids') ?? [])
      .filter((pixelId) => known.includes(pixelId))
      .map((pixel_id) => ({
        pixel_id,
        statistics: events.map((pixel_event_type, at) => {
          const counted = days.map((day) => hash(asked.index, day * 10 + at, 92) % 900);
          const total = counted.reduce((sum, one) => sum + one, 0);
          const attributed_count = Math.floor(total / 3);
          return { pixel_event_type, attributed_count, preview_count: 0, total_count: total };
        }),
      }));
    return listReply(list);
  },
};

const instantPages: Endpoint = {
  ...{ method: 'GET', path: 'pixel/instant_page/event/', needsToken: true, scope: 800 },
  answer({ parameters }, context) {
    askedOf(parameters, context);
    const goals = [
      {
        objective_type: 'WEB_CONVERSIONS',
        goal: 'CONVERT',
        optimization_events: ['FORM', 'BUTTON'],
      },
      { objective_type: 'LEAD_GENERATION', goal: 'LEAD_GENERATION', optimization_events: ['FORM'] },
    ];
    const objective_types = goals.map(({ objective_type, goal, optimization_events }) => ({
      objective_type,
      optimization_goals: [{ optimization_goal: goal, optimization_events }],
    }));
    return listReply([
      { business_type: 'TIKTOK_INSTANT_PAGE', instant_page_events: { objective_types } },
    ]);
  },
};

export const pixelEndpoints: readonly Endpoint[] = [
  listing({
    ...{ path: 'pixel/list/', scope: 800, under: 'pixels', pageSizeMax: 20, pageSize: 10 },
    rows: pixelsOf,
  }),
  statistics,
  instantPages,
];
