/** `GET /dmp/custom_audience/list/`: groups of people that an account has made. */
import { utcText } from '../../calendar.ts';
import { hash } from '../../generator/hash.ts';
import type { Endpoint } from '../endpoint.ts';
import { type Asked, listing } from './listing.ts';

const kinds = [
  { audience_type: 'Customer File', calculate_type: 'EMAIL_SHA256' },
  { audience_type: 'Engagement', calculate_type: '' },
  { audience_type: 'Lookalike', calculate_type: '' },
  { audience_type: 'Website traffic', calculate_type: '' },
  { audience_type: 'App Activity', calculate_type: '' },
  { audience_type: 'Shop Activity', calculate_type: '' },
];
const dayMs = 86_400_000;
/** People join and leave every day. */
const spread = 400;

function audiencesOf({ context, index, now }: Asked) {
  return kinds.map((kind, at) => {
    const mixed = hash(context.seed, index * 1_000 + at, 81);
    const startMs = context.world.startsAt.getTime();
    const createdMs = startMs - (100 + (mixed % 300)) * dayMs;
    const today = hash(mixed, Math.floor(now.getTime() / dayMs), 82) % spread;
    return {
      audience_id: String(7_298_170_000_000_000_000n + BigInt(index * 1_000 + at) * 65_537n),
      name: `${kind.audience_type} ${at + 1}`,
      ...kind,
      cover_num: 1_000 + (mixed % 900_000) + today,
      create_time: utcText(createdMs),
      expired_time: utcText(createdMs + 730 * dayMs),
      is_creator: true,
      is_expiring: at === 4,
      is_valid: at !== 3,
      shared: at % 2 === 1,
    };
  });
}

export const audienceEndpoints: readonly Endpoint[] = [
  listing({
    ...{ path: 'dmp/custom_audience/list/', scope: 30, pageSizeMax: 100, pageSize: 10 },
    rows: audiencesOf,
  }),
];
