/** TikTok's numeric permission scopes, as far as this sandbox serves them. */

/** A scope and the broader ones that imply it. */
const implied: ReadonlyMap<number, readonly number[]> = new Map([
  [100, [100, 10, 1]],
  [200, [200, 20, 2]],
  [210, [210, 21, 2]],
  [220, [220, 22, 2]],
  [44, [44, 4]],
  [30, [30, 3]],
  [600, [600, 60, 6]],
  [610, [610, 61, 6]],
  [630, [630, 63, 6]],
  [690, [690, 69, 6]],
  [6_110_100, [6_110_100, 6_110_000, 6]],
  [800, [800, 80, 8]],
  [802, [802, 80, 8]],
]);

/** What the consent page offers. */
export const offeredScopes: readonly { id: number; label: string }[] = [
  { id: 10, label: 'Ad account information' },
  { id: 20, label: 'Campaigns' },
  { id: 21, label: 'Ad groups' },
  { id: 22, label: 'Ads' },
  { id: 44, label: 'Consolidated reports' },
  { id: 3, label: 'Audiences' },
  { id: 6, label: 'Creatives' },
  { id: 8, label: 'Pixels' },
  { id: 19_000_000, label: 'Shops' },
];

export const allScopes: readonly number[] = offeredScopes.map((scope) => scope.id);

export function permits(granted: readonly number[], needed: number): boolean {
  return (implied.get(needed) ?? [needed]).some((scope) => granted.includes(scope));
}
