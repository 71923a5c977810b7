import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGeneratedWorld } from '../../generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { get } from '../../sandbox-client.ts';

type Row = Readonly<Record<string, unknown>>;

const world = createGeneratedWorld({ seed: 9, accounts: 2, ads: 30, days: 20 });
const [first, second] = world.accounts.map(({ advertiserId }) => advertiserId) as [string, string];
let sandbox: Sandbox;
let token: string;

beforeAll(async () => {
  sandbox = await startSandbox({ world, port: 0, quota: 'none', seed: 9 });
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());

const ask = (path: string, parameters: Row = {}) =>
  get(sandbox, path, { advertiser_id: first, ...parameters }, token);

/** Rows of all pages. */
async function all(path: string, under: string, pageSize: number): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let page = 1; ; page += 1) {
    const { code, data } = await ask(path, { page, page_size: pageSize });
    expect(code).toBe(0);
    rows.push(...(data[under] as readonly Row[]));
    if (page >= data.page_info!.total_page!) return rows;
  }
}

const adsOf = (advertiserId: string) =>
  world.entities('ad', advertiserId, sandbox.clock.now()).map(({ record }) => record);

describe('listings in pages', () => {
  it.each([
    ['file/video/ad/search/', 'list', 'video_id', 7],
    ['file/image/ad/search/', 'list', 'image_id', 7],
    ['file/music/get/', 'musics', 'music_id', 5],
    ['creative/portfolio/list/', 'creative_portfolios', 'creative_portfolio_id', 2],
    ['dmp/custom_audience/list/', 'list', 'audience_id', 4],
    ['pixel/list/', 'pixels', 'pixel_id', 1],
  ])('%s has each row once', async (path, under, key, pageSize) => {
    const rows = await all(path, under, pageSize);
    const ids = rows.map((row) => row[key]);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('posts have their key inside', async () => {
    const rows = await all('tt_video/list/', 'list', 3);
    const ids = rows.map((row) => (row.item_info as Row).item_id);
    expect(ids.length).toBeGreaterThan(1);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('pictures and videos are those that ads name', async () => {
    const videos = await all('file/video/ad/search/', 'list', 100);
    const named = new Set(adsOf(first).map(({ video_id }) => video_id));
    expect(new Set(videos.map(({ video_id }) => video_id))).toEqual(named);
    const images = await all('file/image/ad/search/', 'list', 100);
    const shown = new Set(adsOf(first).flatMap(({ image_ids }) => image_ids as string[]));
    expect(new Set(images.map(({ image_id }) => image_id))).toEqual(shown);
  });

  it('refuse pages that are too large', async () => {
    expect((await ask('pixel/list/', { page_size: 21 })).code).toBe(40_002);
    expect((await ask('tt_video/list/', { page_size: 51 })).code).toBe(40_002);
    const music = await ask('file/music/get/', { page: 101, page_size: 1_000 });
    expect(music.code).toBe(40_002);
  });
});

describe('addresses', () => {
  it('of pictures end after one hour, of video covers after six', async () => {
    const [video] = (await ask('file/video/ad/search/')).data.list!;
    const [image] = (await ask('file/image/ad/search/')).data.list!;
    const served = await fetch(String(image!.image_url));
    expect(served.headers.get('content-type')).toBe('image/png');
    sandbox.clock.advance(3_600_000);
    expect((await fetch(String(image!.image_url))).status).toBe(403);
    expect((await fetch(String(video!.video_cover_url))).status).toBe(200);
    sandbox.clock.advance(5 * 3_600_000);
    expect((await fetch(String(video!.video_cover_url))).status).toBe(403);
  });
});

describe('filters', () => {
  it('by ids, by name, and no unknown ones', async () => {
    const videos = (await ask('file/video/ad/search/')).data.list!;
    const wanted = videos.slice(0, 2).map(({ video_id }) => video_id);
    const found = await ask('file/video/ad/search/', { filtering: { video_ids: wanted } });
    expect(found.data.list!.map(({ video_id }) => video_id)).toEqual(wanted);
    const info = await ask('file/video/ad/info/', { video_ids: wanted });
    expect(info.data.list).toHaveLength(2);
    const none = await ask('file/video/ad/search/', { filtering: { video_name: 'nothing' } });
    expect(none.data.list).toEqual([]);
    expect((await ask('file/video/ad/search/', { filtering: { colour: 1 } })).code).toBe(40_002);
    const many = Array.from({ length: 101 }, String);
    const tooMany = await ask('file/image/ad/search/', { filtering: { image_ids: many } });
    expect(tooMany.code).toBe(40_011);
  });
});

it('pixels count by day of UTC, for 30 days at most', async () => {
  const pixels = (await ask('pixel/list/')).data.pixels as readonly Row[];
  const pixel_ids = pixels.map(({ pixel_id }) => pixel_id);
  const stats = (start_date: string, end_date: string) =>
    ask('pixel/event/stats/', { pixel_ids, date_range: { start_date, end_date } });
  const totalOf = async (from: string, to: string) =>
    ((await stats(from, to)).data.list![0]!.statistics as readonly Row[])[0]!.total_count;
  const [one, two] = [
    await totalOf('2026-11-01', '2026-11-01'),
    await totalOf('2026-11-02', '2026-11-02'),
  ];
  expect(await totalOf('2026-11-01', '2026-11-02')).toBe(Number(one) + Number(two));
  expect(await totalOf('2027-11-01', '2027-11-02')).toBe(0);
  expect((await stats('2026-10-01', '2026-11-01')).code).toBe(40_002);
  const pages = await ask('pixel/instant_page/event/');
  expect(pages.data.list![0]!.business_type).toBe('TIKTOK_INSTANT_PAGE');
});

it('scopes and advertisers are checked as everywhere', async () => {
  const narrow = sandbox.issueToken([first], [10]).accessToken;
  for (const path of ['pixel/list/', 'file/music/get/', 'dmp/custom_audience/list/']) {
    expect((await get(sandbox, path, { advertiser_id: first }, narrow)).code).toBe(40_001);
  }
  const pixels = sandbox.issueToken([first], [800]).accessToken;
  expect((await get(sandbox, 'pixel/list/', { advertiser_id: first }, pixels)).code).toBe(0);
  expect((await get(sandbox, 'pixel/list/', { advertiser_id: second }, pixels)).code).toBe(40_001);
});
