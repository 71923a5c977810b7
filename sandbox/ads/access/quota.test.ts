import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHandMadeWorld, firstAccount } from '../../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { control, get, post } from '../../sandbox-client.ts';
import { Refusal } from '../answers.ts';
import { Quota, reportTaskLimits, tiers, ViolationLog } from './quota.ts';

describe('the three clocks of an app', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-23T23:50:00.900Z'), toFake: ['Date'] });
  });
  afterEach(() => void vi.useRealTimers());

  const violations = new ViolationLog();
  const fresh = (limits = tiers.basic) => {
    violations.clear();
    return new Quota('app', '7', limits, violations);
  };
  const wait = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

  /** How many of so many calls are answered, and what the last refusal says. */
  function call(quota: Quota, times: number) {
    let answered = 0;
    let refusal: Refusal | null = null;
    for (let index = 0; index < times; index += 1) {
      try {
        quota.take('campaign/get/');
        answered += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
        refusal = error as Refusal;
      }
    }
    return { answered, code: refusal?.code, message: refusal?.message };
  }

  it('a second: the next clock second is free again', () => {
    const quota = fresh();
    const burst = call(quota, 11);
    expect(burst).toMatchObject({ answered: 10, code: 40100 });
    expect(burst.message).toBe('App 7 reaches the QPS limit 10, current QPS is 11');
    wait(100);
    expect(call(quota, 10).answered).toBe(10);
    expect(violations.list()).toMatchObject([{ clock: 'second', limit: 10, current: 11 }]);
  });

  it('a minute: everything is refused for five minutes', () => {
    const quota = fresh({ ...tiers.basic, second: 1_000 });
    const burst = call(quota, 601);
    expect(burst).toMatchObject({ answered: 600, code: 40100 });
    expect(burst.message).toBe(
      'Due to too many requests, requests from App 7 are temporarily restricted',
    );
    wait(299_999);
    expect(call(quota, 1).answered).toBe(0);
    wait(1);
    expect(call(quota, 1).answered).toBe(1);
    expect(violations.list().map(({ clock }) => clock)).toEqual(['minute', 'paused']);
  });

  it('a day: everything is refused until 00:00 UTC', () => {
    const quota = fresh({ second: 1_000, minute: 1_000, day: 100 });
    expect(call(quota, 101).answered).toBe(100);
    wait(599_000);
    expect(call(quota, 1).answered).toBe(0);
    wait(100);
    expect(call(quota, 1).answered).toBe(1);
  });

  it('a test can let a pause pass', () => {
    const quota = fresh();
    quota.pause('minute');
    expect(call(quota, 1).answered).toBe(0);
    quota.pass(300_000);
    expect(call(quota, 1).answered).toBe(1);
  });

  it('tasks have limits of their own', () => {
    expect(call(fresh(reportTaskLimits), 3).answered).toBe(2);
  });

  it('without limits nothing is refused', () => {
    const quota = new Quota('app', '7', null, violations);
    expect(call(quota, 5_000).answered).toBe(5_000);
  });
});

describe('over HTTP', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({
      world: createHandMadeWorld(),
      port: 0,
      quota: 'basic',
      seed: 1,
    });
    sandbox.appQuota.setLimits({ second: 1_000, minute: 4, day: 1_000 });
  });
  afterEach(() => sandbox.close());

  it('all endpoints of the app count together, OAuth and revoke too', async () => {
    const { accessToken } = sandbox.issueToken();
    const app = { app_id: sandbox.app.appId, secret: sandbox.app.secret };
    const codes = [
      (await post(sandbox, 'oauth2/access_token/', { ...app, auth_code: 'x' })).code,
      (await post(sandbox, 'oauth2/revoke_token/', { ...app, access_token: 'x' })).code,
      (await get(sandbox, 'user/info/', {}, accessToken)).code,
      (await get(sandbox, 'advertiser/info/', {}, accessToken)).code,
      (await get(sandbox, 'ad/get/', { advertiser_id: firstAccount }, accessToken)).code,
      (await post(sandbox, 'oauth2/access_token/', { ...app, auth_code: 'x' })).code,
    ];
    expect(codes).toEqual([40110, 40105, 0, 40002, 40100, 40100]);
    const seen = await control<{ total: number; violations: { clock: string }[] }>(
      sandbox,
      'violations',
    );
    expect(seen.violations.map(({ clock }) => clock)).toEqual(['minute', 'paused']);
    await control(sandbox, 'quota', { passMs: 300_000 });
    expect((await get(sandbox, 'user/info/', {}, accessToken)).code).toBe(0);
  });

  it('another app’s call is not counted', async () => {
    for (let index = 0; index < 6; index += 1) {
      const other = { app_id: '1', secret: 'x', auth_code: 'x' };
      expect((await post(sandbox, 'oauth2/access_token/', other)).code).toBe(40101);
    }
  });

  it('more than two tasks in a second are refused', async () => {
    sandbox.appQuota.setLimits(null);
    const { accessToken } = sandbox.issueToken();
    const bodies = Array.from({ length: 9 }, () => ({ advertiser_id: firstAccount }));
    const answers = await Promise.all(
      bodies.map((body) => post(sandbox, 'report/task/create/', body, accessToken)),
    );
    // Nine calls at once do not last four seconds, and two a second get as far as their parameters.
    expect(answers.filter(({ code }) => code === 40100).length).toBeGreaterThan(0);
    expect(sandbox.violations.list()[0]).toMatchObject({ quota: 'report-task', limit: 2 });
  });
});
