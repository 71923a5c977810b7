import { describe, expect, test } from 'vitest';
import { personalCategories } from '../categories.ts';
import { metricNames, metrics } from '../metrics.ts';
import { scopeGranted } from '../scopes.ts';
import type { ReportRequest, Stream } from '../stream.ts';
import {
  isGranted,
  pulledStreams,
  streamByName,
  streamNames,
  streams,
  streamsOf,
} from './index.ts';

const all: Stream[] = Object.values(streams);
const reports = all.flatMap((stream) =>
  stream.request.kind === 'report' ? [{ stream, request: stream.request }] : [],
);
const has = (request: ReportRequest, dimension: string) => request.dimensions.includes(dimension);

describe('streams', () => {
  test('are known by their own names, and only by these', () => {
    expect(streamsOf('tiktok-ads')).toHaveLength(50);
    expect(streamsOf('tiktok-shop')).toHaveLength(18);
    for (const name of streamNames) expect(streamByName(name)?.name).toBe(name);
    expect(streamByName('constructor')).toBeUndefined();
  });

  test('have a key among their fields, and each column and source once', () => {
    for (const { name, key, fields, dropped, time } of all) {
      const columns = fields.map((field) => field.name);
      expect(new Set(columns).size, name).toBe(columns.length);
      const sources = [...fields, ...dropped].map(({ source }) => source);
      expect(new Set(sources).size, name).toBe(sources.length);
      expect(columns, name).toEqual(
        expect.arrayContaining([...key, ...(time ? [time.field] : [])]),
      );
      expect(
        fields.every(({ meaning }) => meaning.endsWith('.')),
        name,
      ).toBe(true);
    }
  });

  test('ask for exactly the columns that they store', () => {
    for (const { stream, request } of reports) {
      const asked = [
        ...request.dimensions.map((one) => `dimensions.${one}`),
        ...request.metrics.map((one) => `metrics.${one}`),
      ];
      expect(stream.fields.map(({ source }) => source).sort(), stream.name).toEqual(asked.sort());
    }
  });

  test('say the same of a column wherever they have it', () => {
    const known = new Map<string, unknown>();
    for (const { stream } of reports) {
      for (const { source: _source, ...field } of stream.fields) {
        expect(known.get(field.name) ?? field, `${stream.name}.${field.name}`).toEqual(field);
        known.set(field.name, field);
      }
    }
  });

  test('store no contact of a person beside the buyers’ own file', () => {
    const contacts =
      /contacter|email|cellphone|telephone|^phone_number$|^address$|license_(no|url)/;
    const named = all.flatMap(({ dropped }) =>
      dropped.filter(({ source }) => contacts.test(source)),
    );
    expect(named.length).toBe(9);
    const kept = all.filter(({ fields }) => fields.some(({ name }) => contacts.test(name)));
    expect(kept.map(({ name }) => name)).toEqual(['shop_order_buyers']);
  });
});

describe('streams of shops', () => {
  const shop = streamsOf('tiktok-shop');
  const personal = (stream: Stream) =>
    stream.fields.filter(({ category }) => category.startsWith('buyer.'));

  test('keep buyers in a file of their own; in facts a pseudonym alone', () => {
    const people = shop.filter(({ file }) => file === 'people');
    expect(people.map(({ name }) => name)).toEqual(['shop_order_buyers']);
    expect(people.every(({ retention }) => retention === 'buyers-while-needed')).toBe(true);
    const facts = shop.filter(({ file }) => file === undefined);
    const found = facts.flatMap((stream) => personal(stream).map(({ type }) => type));
    expect(found).toEqual(['pseudonym']);
  });

  test('are parts of streams that are asked for, and need no scope more', () => {
    const pulled = new Map(pulledStreams('tiktok-shop').map((stream) => [stream.name, stream]));
    const parts = shop.filter(({ name }) => !pulled.has(name));
    expect(parts.length).toBeGreaterThan(4);
    for (const { name, request, scope } of parts) {
      const whole = request.kind === 'part' ? pulled.get(request.of) : undefined;
      expect(whole?.scope, name).toBe(scope);
    }
  });

  test('settle exactly where windows are cut by when a row changed or was made', () => {
    for (const { name, request, settles, windowDaysMax } of pulledStreams('tiktok-shop')) {
      const cut =
        request.kind === 'shop-list' && (request.window ?? request.per?.time ?? null) !== null;
      expect([windowDaysMax !== null, settles !== undefined], name).toEqual([cut, cut]);
    }
  });
});

describe('what TikTok refuses is not asked for', () => {
  test('cash and vouchers below the account, over a lifetime, or by country', () => {
    const asking = reports.filter(({ request }) => request.metrics.includes('cash_spend'));
    expect(asking.map(({ stream }) => stream.name)).toEqual([
      'advertisers_reports_daily',
      'advertisers_reports_hourly',
    ]);
  });

  test('a lifetime has no day, hour or country, and audiences have none', () => {
    const lifetimes = reports.filter(({ request }) => request.lifetime);
    expect(lifetimes).toHaveLength(4);
    for (const { request } of lifetimes) {
      expect(request.reportType).toBe('BASIC');
      expect(request.dimensions).toHaveLength(1);
    }
  });

  test('unique people and results by country only where pages can give them', () => {
    for (const { stream, request } of reports.filter(({ request }) =>
      has(request, 'country_code'),
    )) {
      const only = request.metrics.some((one) =>
        /^(reach|frequency|(real_time_)?result)$/.test(one),
      );
      if (request.reportType === 'AUDIENCE') expect(only, stream.name).toBe(false);
      expect(request.taskable, stream.name).toBe(request.reportType === 'AUDIENCE');
    }
    expect(
      reports.filter(({ request }) => !has(request, 'country_code') && !request.taskable),
    ).toEqual([]);
  });

  test('audiences by hour, or by more than one kind of group', () => {
    for (const { request } of reports.filter(({ request }) => request.reportType === 'AUDIENCE')) {
      expect(has(request, 'stat_time_hour')).toBe(false);
      const groups = request.dimensions.filter(
        (one) => !/^(ad|adgroup|campaign|advertiser)_id$|^stat_/.test(one),
      );
      expect([['age', 'gender'], ['country_code'], ['platform'], ['province_id']]).toContainEqual(
        groups,
      );
    }
  });
});

test('hours hold what adds up; averages, rates and unique people do not', () => {
  for (const { stream, request } of reports.filter(({ request }) =>
    has(request, 'stat_time_hour'),
  )) {
    const numbers = request.metrics.filter((one) => one in metrics);
    expect(numbers.length, stream.name).toBeGreaterThan(20);
    expect(
      stream.fields.filter(
        ({ source, additive }) => numbers.includes(source.slice(8)) && !additive,
      ),
    ).toEqual([]);
  }
  const addable = metricNames.filter((name) => metrics[name].additive);
  expect(
    addable.filter((name) => /^(cost_per|average|reach|frequency|c[tp][rcm])|_roas$/.test(name)),
  ).toEqual([]);
});

test('a scope is granted by itself or by one above it', () => {
  expect(scopeGranted('100', ['100'])).toBe(true);
  expect(scopeGranted('100', ['10'])).toBe(true);
  expect(scopeGranted('220', ['2'])).toBe(true);
  expect(scopeGranted('44', ['4'])).toBe(true);
  expect(scopeGranted('44', ['40', '41', '42', '43'])).toBe(false);
  expect(scopeGranted('200', ['21', '22', '201'])).toBe(false);
  expect(scopeGranted('610', ['61'])).toBe(true);
  expect(scopeGranted('610', ['60', '63', '69'])).toBe(false);
  expect(scopeGranted('6110100', ['6'])).toBe(true);
  expect(scopeGranted('802', ['80'])).toBe(true);
});

test('each first level of scopes permits its own streams, and all of them everything', () => {
  const namesOf = (...granted: string[]) =>
    streamsOf('tiktok-ads').flatMap((one) => (isGranted(one, granted) ? [one.name] : []));
  const lists = streamsOf('tiktok-ads').filter(({ request }) => request.kind === 'ads-list');
  expect(lists).toHaveLength(12);
  expect(namesOf('1', '2', '3', '4', '6', '8', '19000000')).toHaveLength(50);
  expect(namesOf('3')).toEqual(['audiences']);
  expect(namesOf('8')).toEqual(['pixels', 'pixel_instant_page_events', 'pixel_events_statistics']);
  expect(namesOf('6')).toEqual([
    'creative_assets_images',
    'creative_assets_videos',
    'creative_assets_music',
    'creative_assets_portfolios',
    'spark_ads',
  ]);
});

test('what is asked by the ids of a stream needs the scope of that one too', () => {
  const report = streamByName('gmv_max_reports_daily')!;
  expect(isGranted(report, ['4'])).toBe(false);
  expect(isGranted(report, ['19000000'])).toBe(false);
  expect(isGranted(report, ['4', '19000000'])).toBe(true);
  expect(isGranted(streamByName('pixel_events_statistics')!, ['802'])).toBe(false);
});

test('no address that TikTok signs is kept, and creators are known by what they are now', () => {
  const lists = streamsOf('tiktok-ads').filter(({ request }) => request.kind === 'ads-list');
  const isAddress = /(^|[_.])url$/;
  expect(
    lists.flatMap(({ dropped }) => dropped).filter(({ source }) => isAddress.test(source)),
  ).toHaveLength(9);
  expect(
    lists.flatMap(({ fields }) => fields).filter(({ source }) => isAddress.test(source)),
  ).toEqual([]);
  const ofCreators = lists.flatMap(({ fields }) =>
    fields.filter(({ subject }) => subject === 'creator'),
  );
  expect(ofCreators.map(({ name }) => name)).toContain('tiktok_name');
  expect(ofCreators.every(({ category }) => personalCategories.has(category))).toBe(true);
});
