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

const shop = {
  TIKTOK_SHOP_APP_KEY: 'key',
  TIKTOK_SHOP_APP_SECRET: 'canary-value',
  TIKTOK_SHOP_SERVICE_ID: '7001',
};

test('one platform alone is enough; the three of a shop go together', () => {
  const config = readConfig(shop);
  expect(config.tiktokAds).toBeNull();
  expect(config.tiktokShop).toMatchObject({ appKey: 'key', serviceId: '7001' });
  expect(config.shopHosts).toEqual({
    api: 'open-api.tiktokglobalshop.com',
    auth: 'auth.tiktok-shops.com',
    services: 'services.tiktokshop.com',
  });
  expect(readConfig({ TIKTOK_ADS_APP_ID: '7', TIKTOK_ADS_SECRET: 's' }).tiktokShop).toBeNull();
  for (const name of Object.keys(shop)) {
    expect(() => readConfig({ ...shop, [name]: '' })).toThrow(/set all or none/);
  }
});

test('tokens of shops go to hosts of TikTok Shop and nowhere else', () => {
  const services = 'services.us.tiktokshop.com';
  expect(readConfig({ TIKTOK_SHOP_SERVICES_HOST: services }).shopHosts.services).toBe(services);
  const others = [
    'auth.example',
    'tiktokshop.com.example',
    'eviltiktokshop.com',
    'https://services.tiktokshop.com',
    'services.tiktokshop.com:8443',
    'user@services.tiktokshop.com',
  ];
  for (const host of others) {
    expect(() => readConfig({ TIKTOK_SHOP_AUTH_HOST: host }), host).toThrow(
      /TIKTOK_SHOP_AUTH_HOST/,
    );
  }
});

test('secrets print as [secret]', () => {
  const config = readConfig({
    ...{ TIKTOK_ADS_APP_ID: '7', TIKTOK_ADS_SECRET: 'canary-value' },
    ...shop,
  });
  expect(config.tiktokAds?.secret.reveal()).toBe('canary-value');
  expect(config.tiktokShop?.secret.reveal()).toBe('canary-value');
  expect(`${inspect(config, { depth: 5 })} ${JSON.stringify(config)}`).not.toContain(
    'canary-value',
  );
});
