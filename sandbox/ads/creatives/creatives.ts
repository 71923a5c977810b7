/** Pictures, videos, music, portfolios and posts: what ads are made of. Pictures and videos are those that ads name. */
import { createHash } from 'node:crypto';
import { utcText } from '../../calendar.ts';
import { hash, pick } from '../../generator/hash.ts';
import type { World } from '../../world.ts';
import { badParameter, Refusal } from '../answers.ts';
import { type Endpoint, listReply } from '../endpoint.ts';
import { textList } from '../parameters.ts';
import { type Asked, askedOf, listing, type Row } from './listing.ts';

const idsMax = 100;
const materialsMax = { video: 20, image: 100 };
const videoAddressSeconds = 6 * 3_600;
const songs = ['Morning Steps', 'Kleine Welle', 'Río', '夜の歩み', 'Glasshouse', 'Two Left Feet'];

/** `2026-09-01T19:02:11Z`, as creatives carry their times. */
const isoText = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;

const digest = (text: string): string => createHash('md5').update(text).digest('hex');
const numberOf = (text: string): number => Number.parseInt(digest(text).slice(0, 8), 16);
const materialOf = (id: string): string =>
  String(7_298_130_000_000_000_000n + BigInt(numberOf(id)) * 1_009n);

interface Named {
  readonly id: string;
  readonly createdAt: Date;
  readonly name: string;
}

type Ads = ReturnType<World['entities']>;

/** One look at an account's ads serves all pages, as the world keeps its listing for a while. */
const namedBy = {
  video: new WeakMap<Ads, readonly Named[]>(),
  image: new WeakMap<Ads, readonly Named[]>(),
};

function namedByAds({ account, context, now }: Asked, kind: 'video' | 'image'): readonly Named[] {
  const ads = context.world.entities('ad', account.advertiserId, now);
  const known = namedBy[kind].get(ads) ?? namedIn(ads, kind);
  namedBy[kind].set(ads, known);
  return known;
}

/** Each id once, with the oldest ad that names it; newest first. */
function namedIn(ads: Ads, kind: 'video' | 'image'): readonly Named[] {
  const found = new Map<string, Named>();
  for (const ad of ads) {
    const { video_id, image_ids } = ad.record;
    for (const id of kind === 'video' ? [video_id] : Array.isArray(image_ids) ? image_ids : []) {
      if (typeof id !== 'string' || id === '') continue;
      const name = String(ad.record.ad_name ?? id);
      found.set(id, { id, createdAt: ad.createdAt, name });
    }
  }
  return [...found.values()].sort(
    (one, other) =>
      other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1),
  );
}

function videoOf({ id, createdAt, name }: Named, { context: { images }, now }: Asked): Row {
  const ends = new Date(now.getTime() + videoAddressSeconds * 1000);
  const mixed = numberOf(id);
  return {
    video_id: id,
    video_cover_url: images.addressOf(id, 'full', videoAddressSeconds),
    format: 'mp4',
    preview_url: `${images.addressOf(id, 'full', videoAddressSeconds)}&preview=1`,
    preview_url_expire_time: utcText(ends),
    duration: 6 + (mixed % 50_000) / 1000,
    height: 1920,
    width: 1080,
    bit_rate: 2_000_000 + (mixed % 1_000_000),
    signature: digest(id),
    size: 1_000_000 + (mixed % 9_000_000),
    material_id: materialOf(id),
    allowed_placements: ['PLACEMENT_TIKTOK', 'PLACEMENT_PANGLE'],
    allow_download: mixed % 2 === 0,
    file_name: `${name}.mp4`,
    create_time: isoText(createdAt),
    modify_time: isoText(createdAt),
    displayable: mixed % 10 !== 0,
  };
}

function imageOf({ id, createdAt, name }: Named, { context: { images } }: Asked): Row {
  const mixed = numberOf(id);
  return {
    image_id: id,
    material_id: materialOf(id),
    is_carousel_usable: mixed % 3 === 0,
    width: 1200,
    format: 'png',
    image_url: images.addressOf(id),
    height: 1200,
    signature: digest(id),
    size: 20_000 + (mixed % 900_000),
    file_name: `${name}.png`,
    create_time: isoText(createdAt),
    modify_time: isoText(createdAt),
    displayable: mixed % 10 !== 0,
  };
}

const rowOf = { video: videoOf, image: imageOf };

/** Filters that are sent narrow the rows: by ids, by material, by a part of the name, by values. */
function narrowed(asked: Asked, kind: 'video' | 'image'): readonly Named[] {
  const filtering = asked.parameters.object('filtering');
  const limits = { [`${kind}_ids`]: idsMax, material_ids: materialsMax[kind] };
  const passes = Object.entries(filtering).map(([name, value]): ((row: Row) => boolean) => {
    const max = limits[name];
    if (max !== undefined) {
      const ids = textList(name, value);
      if (ids.length > max) throw new Refusal(40_011, `${name}: At most ${max} ids.`);
      return (row) => ids.includes(String(row[name.slice(0, -1)]));
    }
    if (name === 'video_name') {
      const part = String(value).toLowerCase();
      return (row) => String(row.file_name).toLowerCase().includes(part);
    }
    if (['width', 'height', 'displayable'].includes(name)) {
      return (row) => String(row[name]) === String(value);
    }
    if (name === 'ratio' || name === 'video_material_sources') return () => true;
    throw badParameter(`filtering: Unknown filter ${name}.`);
  });
  const all = namedByAds(asked, kind);
  if (passes.length === 0) return all;
  return all.filter((named) => {
    const row = rowOf[kind](named, asked);
    return passes.every((pass) => pass(row));
  });
}

const info = (kind: 'video' | 'image', max: number, scope: number): Endpoint => ({
  ...{ method: 'GET', path: `file/${kind}/ad/info/`, needsToken: true, scope },
  answer({ parameters }, context) {
    const asked = askedOf(parameters, context);
    const name = `${kind}_ids`;
    parameters.required(name);
    const ids = parameters.list(name) ?? [];
    if (ids.length > max) throw new Refusal(40_011, `${name}: At most ${max} ids.`);
    const found = namedByAds(asked, kind).filter(({ id }) => ids.includes(id));
    return listReply(found.map((named) => rowOf[kind](named, asked)));
  },
});

function musicOf({ context, index, now }: Asked): readonly Row[] {
  const day = new Date(Math.floor(now.getTime() / 86_400_000 - 200) * 86_400_000);
  return Array.from({ length: 12 }, (_, at) => {
    const id = String(7_298_140_000_000_000_000n + BigInt(index * 1_000 + at) * 65_537n);
    const mixed = hash(context.seed, index * 1_000 + at, 71);
    return {
      music_id: id,
      material_id: materialOf(id),
      sources: ['SYSTEM'],
      author: `Band ${1 + (mixed % 9)}`,
      liked: mixed % 2 === 0,
      cover_url: context.images.addressOf(id, 'thumb'),
      url: context.images.addressOf(id, 'full', 12 * 3_600),
      duration: 15 + (mixed % 45),
      style: pick(['Pop', 'Folk', 'Electronic'], mixed, 0, 72),
      signature: digest(id),
      name: `${songs[at % songs.length]} ${1 + Math.floor(at / songs.length)}`,
      file_name: `${at + 1}.mp3`,
      copyright: 'FULL_COPYRIGHT',
      create_time: isoText(day),
      modify_time: isoText(day),
    };
  });
}

function portfoliosOf({ context, index }: Asked): readonly Row[] {
  const kinds = ['CTA', 'CARD', 'PREMIUM_BADGE', 'DISPLAY_CARD', 'DOWNLOAD_CARD'];
  return kinds.map((creative_portfolio_type, at) => {
    const id = String(7_298_150_000_000_000_000n + BigInt(index * 1_000 + at) * 65_537n);
    return {
      creative_portfolio_id: id,
      creative_portfolio_type,
      creative_portfolio_preview_url: context.images.addressOf(id, 'thumb'),
    };
  });
}

/** Every fourth video was posted first and is promoted as it stands. */
const postsOf = (asked: Asked): readonly Named[] =>
  namedByAds(asked, 'video').filter((_, at) => at % 4 === 0);

function postOf(named: Named, asked: Asked): Row {
  const { account, context, now } = asked;
  const video = videoOf(named, asked);
  const id = String(video.video_id);
  const item_id = String(7_298_160_000_000_000_000n + BigInt(numberOf(id)) * 1_013n);
  const ends = new Date(Date.parse(String(video.create_time)) + 365 * 86_400_000);
  const { duration, height, width, bit_rate, size, signature, preview_url } = video;
  return {
    auth_info: {
      ad_auth_status: ends > now ? 'AUTHORIZED' : 'EXPIRED',
      auth_start_time: utcText(new Date(String(video.create_time))),
      auth_end_time: utcText(ends),
    },
    item_info: {
      item_id,
      item_type: 'VIDEO',
      status: 'POST_STATUS_PUBLISHED',
      text: `${account.name}: ${String(video.file_name)}`,
      carousel_info: null,
    },
    user_info: {
      identity_id: '7298120000000000021',
      identity_type: 'AUTH_CODE',
      tiktok_name: account.name,
    },
    video_info: {
      ...{ bit_rate, duration, height, width, size, signature },
      ...{ format: 'mp4', poster_url: context.images.addressOf(id), url: preview_url },
    },
  };
}

export const creativeEndpoints: readonly Endpoint[] = [
  listing({
    ...{ path: 'file/video/ad/search/', scope: 610, pageSizeMax: 100, pageSize: 20 },
    ...{ rows: (asked: Asked) => narrowed(asked, 'video'), row: videoOf },
  }),
  info('video', 60, 610),
  listing({
    ...{ path: 'file/image/ad/search/', scope: 600, pageSizeMax: 100, pageSize: 20 },
    ...{ rows: (asked: Asked) => narrowed(asked, 'image'), row: imageOf },
  }),
  info('image', idsMax, 600),
  listing({
    ...{ path: 'file/music/get/', scope: 630, under: 'musics', pageSizeMax: 1000, pageSize: 1000 },
    rows(asked) {
      const { page, pageSize } = asked.parameters.paging(1000, 1000);
      if (page * pageSize > 100_000) throw badParameter('page: Too many rows.');
      return musicOf(asked);
    },
  }),
  listing({
    ...{ path: 'creative/portfolio/list/', scope: 6_110_100, under: 'creative_portfolios' },
    ...{ pageSizeMax: 100, pageSize: 20, rows: portfoliosOf },
  }),
  listing({
    ...{ path: 'tt_video/list/', scope: 690, pageSizeMax: 50, pageSize: 20 },
    ...{ rows: postsOf, row: postOf },
  }),
];
