import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { HubError } from '../policy/errors.ts';
import { readConfig } from './config.ts';

test('an empty environment gives the demo defaults', () => {
  const config = readConfig({});
  expect(config.port).toBe(3000);
  expect(config.publicUrl.href).toBe('http://localhost:3000/');
  expect(config.tiktokAds).toBeNull();
  expect(config.keyringFolders).toHaveLength(2);
});

test('every mistake is named at once, and no value is printed', () => {
  const read = () =>
    readConfig({
      HUB_DATAA: 'x',
      PORT: 'eighty',
      TIKTOK_ADS_APP_ID: '7',
      HUB_KEYRING_DIRS: 'one-only',
      TIKTOK_TOKEN: 'canary-value',
    });
  expect(read).toThrow(HubError);
  try {
    read();
  } catch (error) {
    const { message } = error as HubError;
    for (const name of [
      'HUB_DATAA: unknown name',
      'TIKTOK_TOKEN: unknown name',
      'PORT:',
      'HUB_KEYRING_DIRS: two folders',
    ]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain('canary-value');
  }
});

test('credentials go together', () => {
  expect(() => readConfig({ TIKTOK_ADS_APP_ID: '7' })).toThrow(/set both or neither/);
});

test('secrets print as [secret]', () => {
  const config = readConfig({ TIKTOK_ADS_APP_ID: '7', TIKTOK_ADS_SECRET: 'canary-value' });
  expect(config.tiktokAds?.secret.reveal()).toBe('canary-value');
  expect(`${inspect(config, { depth: 5 })} ${JSON.stringify(config)}`).not.toContain(
    'canary-value',
  );
});
