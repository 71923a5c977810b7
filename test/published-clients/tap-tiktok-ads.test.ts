/**
 * The published Singer tap reads the sandbox unchanged; its records add up to the truth. Not modelled: its waiting for
 * five minutes after a refusal, so the sandbox runs without quota.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { fetchPythonClient, pythonVersion } from './fetch-client.ts';
import { spendByAdAndDay, trueSpendByAdAndDay } from './truth.ts';

type TapRecord = Readonly<Record<string, unknown>>;

const run = promisify(execFile);
const python = await pythonVersion();
const suits = python !== null && (python[0] > 3 || (python[0] === 3 && python[1] >= 11));
const title = suits
  ? 'tap-tiktok-ads 1.2.1'
  : 'tap-tiktok-ads 1.2.1 (skipped: it needs Python 3.11 or newer)';

// Its dependencies need Python 3.11; older machines can run everything else.
describe.skipIf(!suits)(title, () => {
  const world = createGeneratedWorld({ seed: 11, accounts: 2, ads: 40, days: 20 });
  const accounts = world.accounts.map((account) => account.advertiserId);
  const records = new Map<string, TapRecord[]>();
  let sandbox: Sandbox;
  let folder: string;

  beforeAll(async () => {
    const client = await fetchPythonClient('tap-tiktok-ads', '1.2.1');
    sandbox = await startSandbox({ world, port: 0, quota: 'none', seed: 11 });
    folder = await mkdtemp(join(tmpdir(), 'tap-'));
    for (const account of accounts) await readAccount(client, account);
  }, 240_000);
  afterAll(async () => {
    await sandbox?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  /** One account a run: with several, the tap keeps its filter for deleted records from one to the next. */
  async function readAccount(client: string, account: string): Promise<void> {
    const config = {
      start_date: '2026-06-01T00:00:00Z',
      end_date: '2026-11-24T00:00:00Z',
      access_token: sandbox.issueToken([account]).accessToken,
      accounts: account,
      include_deleted: 'true',
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const script = join(import.meta.dirname, 'run_tap.py');
    const { stdout } = await run(
      'python3',
      [script, sandbox.origin, join(folder, 'config.json'), folder],
      { env: { ...process.env, PYTHONPATH: client }, maxBuffer: 256 * 1024 * 1024 },
    );
    for (const line of stdout.split('\n').filter((text) => text.includes('"RECORD"'))) {
      const { stream, record } = JSON.parse(line) as { stream: string; record: TapRecord };
      records.set(stream, [...(records.get(stream) ?? []), record]);
    }
  }

  const idsOf = (stream: string, id: string) =>
    (records.get(stream) ?? []).map((record) => String(record[id])).sort();

  it('lists accounts, campaigns, ad groups and ads, deleted ones too', () => {
    expect(idsOf('advertisers', 'advertiser_id')).toEqual([...accounts].sort());
    for (const level of ['campaign', 'adgroup', 'ad'] as const) {
      const known = accounts.flatMap((id) => world.entities(level, id, sandbox.clock.now()));
      if (level === 'ad') expect(known.some(({ deleted }) => deleted)).toBe(true);
      expect(idsOf(`${level}s`, `${level}_id`)).toEqual(known.map(({ id }) => id).sort());
    }
  });

  it.each([
    ['ad_insights', 'BASIC'],
    ['ad_insights_by_age_and_gender', 'AUDIENCE'],
    ['ad_insights_by_country', 'AUDIENCE'],
    ['ad_insights_by_platform', 'AUDIENCE'],
  ] as const)('%s add up to the truth', (stream, reportType) => {
    for (const advertiserId of accounts) {
      const rows = (records.get(stream) ?? [])
        .filter((record) => record.advertiser_id === advertiserId)
        .map((record) => ({
          adId: String(record.ad_id),
          day: String(record.stat_time_day),
          spend: record.spend,
        }));
      // By country an audience report is known as early as a basic one.
      const known = stream === 'ad_insights_by_country' ? 'BASIC' : reportType;
      const question = { advertiserId, reportType: known, from: '2026-06-01', to: '2026-11-24' };
      const truth = trueSpendByAdAndDay(world, sandbox.clock.now(), question, false);
      expect(Object.keys(truth).length).toBeGreaterThan(0);
      expect(spendByAdAndDay(rows)).toEqual(truth);
    }
  });

  it('campaign_insights_by_province come too', () => {
    expect(records.get('campaign_insights_by_province')?.length).toBeGreaterThan(0);
  });
});
