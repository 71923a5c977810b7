/** Thumbnails that the hub fetches once and shows from its own sealed cache: where their addresses stand. */
export const pictureSources = {
  product: { stream: 'shop_order_line_items', id: 'product_id', address: 'sku_image' },
  sku: { stream: 'shop_order_line_items', id: 'sku_id', address: 'sku_image' },
} as const satisfies Record<string, { stream: string; id: string; address: string }>;

export type PictureKind = keyof typeof pictureSources;

/** TikTok's thumbnails have a tenth of it. */
export const pictureBytesMax = 2 * 2 ** 20;

export const pictureTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'] as const;
export type PictureType = (typeof pictureTypes)[number];

/** What the bytes say themselves; a sender's word is not taken. Nothing that can hold a script is a picture. */
export function pictureTypeOf(bytes: Uint8Array): PictureType | undefined {
  const startsWith = (at: number, ...expected: number[]): boolean =>
    expected.every((byte, index) => bytes[at + index] === byte);
  const riff = [0x52, 0x49, 0x46, 0x46];
  const webp = [0x57, 0x45, 0x42, 0x50];
  if (startsWith(0, 0xff, 0xd8, 0xff)) return 'image/jpeg';
  if (startsWith(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
  if (startsWith(0, ...riff) && startsWith(8, ...webp)) return 'image/webp';
  if (startsWith(0, 0x47, 0x49, 0x46, 0x38)) return 'image/gif';
  return undefined;
}
