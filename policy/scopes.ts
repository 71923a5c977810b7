/**
 * TikTok's permission scopes: numbers for ads, where a granted one implies all that stand below it, names for shops.
 * Only those that a stream needs are named.
 */
const parents: Readonly<Record<string, readonly string[]>> = {
  30: ['3'],
  44: ['4'],
  100: ['10', '1'],
  200: ['20', '2'],
  210: ['21', '2'],
  220: ['22', '2'],
  600: ['60', '6'],
  610: ['61', '6'],
  630: ['63', '6'],
  690: ['69', '6'],
  800: ['80', '8'],
  802: ['80', '8'],
  6110100: ['6110000', '6'],
};

/** Whether `scope`, itself or as part of a wider one, is among the granted. */
export function scopeGranted(scope: string, granted: readonly string[]): boolean {
  return [scope, ...(parents[scope] ?? [])].some((one) => granted.includes(one));
}
