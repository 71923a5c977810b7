/** Type and size of a picture, read from its first bytes. */

export interface ImageSize {
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

export function imageSize(bytes: Buffer): ImageSize | null {
  return png(bytes) ?? bmp(bytes) ?? webp(bytes) ?? jpeg(bytes) ?? heic(bytes);
}

function png(bytes: Buffer): ImageSize | null {
  if (bytes.length < 24 || bytes.toString('latin1', 1, 4) !== 'PNG') return null;
  return { mediaType: 'image/png', width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function bmp(bytes: Buffer): ImageSize | null {
  if (bytes.length < 26 || bytes.toString('latin1', 0, 2) !== 'BM') return null;
  const height = Math.abs(bytes.readInt32LE(22));
  return { mediaType: 'image/bmp', width: bytes.readInt32LE(18), height };
}

/** The extended form only says its size in one place; the others are taken for the smallest allowed. */
function webp(bytes: Buffer): ImageSize | null {
  if (bytes.length < 30 || bytes.toString('latin1', 8, 12) !== 'WEBP') return null;
  const extended = bytes.toString('latin1', 12, 16) === 'VP8X';
  const width = extended ? bytes.readUIntLE(24, 3) + 1 : 300;
  const height = extended ? bytes.readUIntLE(27, 3) + 1 : 300;
  return { mediaType: 'image/webp', width, height };
}

/** Walks the segments to the one that starts the frame. */
function jpeg(bytes: Buffer): ImageSize | null {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return null;
  let place = 2;
  while (place + 9 < bytes.length && bytes[place] === 0xff) {
    const marker = bytes[place + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const height = bytes.readUInt16BE(place + 5);
      return { mediaType: 'image/jpeg', width: bytes.readUInt16BE(place + 7), height };
    }
    place += 2 + bytes.readUInt16BE(place + 2);
  }
  return null;
}

/** Its size lies deep inside and is taken for the smallest allowed. */
function heic(bytes: Buffer): ImageSize | null {
  if (bytes.length < 12 || bytes.toString('latin1', 4, 11) !== 'ftyphei') return null;
  return { mediaType: 'image/heic', width: 300, height: 300 };
}
