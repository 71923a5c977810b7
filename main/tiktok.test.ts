/** A real folder with the credentials of one platform: it works, and the other is shown as not configured. */
import { expect, test } from 'vitest';
import type { Registry } from '../registry/registry.ts';
import { createShiftedClock } from './clock.ts';
import { readConfig } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { openTikTok } from './tiktok.ts';

const ads = { TIKTOK_ADS_APP_ID: '7', TIKTOK_ADS_SECRET: 'canary-value' };
const shop = {
  TIKTOK_SHOP_APP_KEY: 'key',
  TIKTOK_SHOP_APP_SECRET: 'canary-value',
  TIKTOK_SHOP_SERVICE_ID: '7001',
};
const refused = expect.objectContaining({ code: 'PLATFORM_NOT_CONFIGURED' });

async function open(environment: Record<string, string>) {
  const lines: string[] = [];
  const tiktok = await openTikTok({
    config: readConfig(environment),
    folder: { kind: 'real' } as DataFolder,
    clock: createShiftedClock(),
    registry: {} as Registry,
    log: (_level, line) => lines.push(line),
  });
  const begin = {
    'tiktok-ads': () =>
      tiktok.client.consentUrl({ state: 's', redirectUri: 'https://hub.example/' }),
    'tiktok-shop': () => tiktok.shopClient.consentUrl({ state: 's' }),
  };
  return { tiktok, lines, begin };
}

test.each([
  ['tiktok-ads', ads, 'tiktok-shop', 'TIKTOK_SHOP_APP_KEY'],
  ['tiktok-shop', shop, 'tiktok-ads', 'TIKTOK_ADS_APP_ID'],
] as const)('%s alone', async (configured, environment, other, missing) => {
  const { tiktok, lines, begin } = await open(environment);
  try {
    expect(begin[configured]()).toContain('https://');
    expect(begin[other]).toThrow(refused);
    expect(tiktok.notConfigured).toEqual([other]);
    expect(lines).toEqual([expect.stringContaining(missing)]);
    expect(lines.join()).not.toContain('canary-value');
  } finally {
    await tiktok.close();
  }
});

test('a call to what is not configured never leaves', async () => {
  const { tiktok } = await open(ads);
  try {
    const call = async () => tiktok.shopClient.refreshToken('token');
    await expect(call()).rejects.toEqual(refused);
  } finally {
    await tiktok.close();
  }
});
