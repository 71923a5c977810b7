/** The committed `openapi.json`: made from the routes' schemas alone, without any part of a running hub. */
import { buildApp } from './app.ts';
import type { ApiDeps } from './deps.ts';

/** Parts that must not be touched while routes are only declared. */
function untouched<T extends object>(): T {
  // A cast: nothing of it is ever read, or this throws.
  return new Proxy({} as T, {
    get: (_target, property) => {
      throw new Error(`A route touched ${String(property)} before it was called.`);
    },
  });
}

/** The document as text, ending with a line break. */
export async function renderOpenApi(): Promise<string> {
  const app = await buildApp({
    registry: untouched<ApiDeps['registry']>(),
    warehouse: untouched<ApiDeps['warehouse']>(),
    keyring: untouched<ApiDeps['keyring']>(),
    tiktokAds: untouched<ApiDeps['tiktokAds']>(),
    tiktokShop: untouched<ApiDeps['tiktokShop']>(),
    readPicture: async () => undefined,
    workflows: untouched<ApiDeps['workflows']>(),
    clock: untouched<ApiDeps['clock']>(),
    health: async () => ({ ready: false, parts: [] }),
    bearerToken: 'none',
    demo: false,
    publicUrl: new URL('http://localhost:3000/'),
    logger: false,
  });
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
  }
}
