/** `POST /product/202309/images/upload`: a form with one file, whose bytes are not signed. */
import { ShopRefusal } from '../answers.ts';
import type { ShopCall, ShopEndpoint } from '../endpoint.ts';
import { imageSize } from './image-size.ts';

const useCases = [
  'MAIN_IMAGE',
  'ATTRIBUTE_IMAGE',
  'DESCRIPTION_IMAGE',
  'CERTIFICATION_IMAGE',
  'SIZE_CHART_IMAGE',
];
const bytesMax = 10 * 1_048_576;
const side = { min: 300, max: 4_000 };

export const imageUpload: ShopEndpoint = {
  method: 'POST',
  path: '/product/202309/images/upload',
  scopes: ['seller.product.basic'],
  cipher: 'absent',
  multipart: true,
  invalidCode: 12_052_910,
  answer(call, { images }) {
    if (!call.contentType.toLowerCase().startsWith('multipart/form-data')) {
      throw new ShopRefusal(36_009_023, 'The content type must be multipart/form-data.');
    }
    const form = readForm(call);
    const bytes = form.get('data');
    if (!bytes || bytes.length === 0) throw call.body.invalid('data', 'it is required');
    if (bytes.length > bytesMax) throw new ShopRefusal(36_009_021, 'The file is too large.');
    const use_case = form.get('use_case')?.toString('utf8') || 'MAIN_IMAGE';
    if (!useCases.includes(use_case)) throw call.body.invalid('use_case', 'unknown value');
    const found = imageSize(bytes);
    if (!found) throw call.body.invalid('data', 'not a JPG, PNG, WEBP, HEIC or BMP picture');
    const { width, height } = found;
    const wrong = [width, height].some((length) => length < side.min || length > side.max);
    if (use_case === 'MAIN_IMAGE' && wrong) {
      throw call.body.invalid('data', `sides must have ${side.min} to ${side.max} pixels`);
    }
    const uri = images.keep({ bytes, ...found });
    return { uri, url: images.addressOf(uri), width, height, use_case };
  },
};

/** The parts of a multipart body by name. Bytes are read as latin-1, which keeps each one. */
function readForm({ rawBody, contentType }: ShopCall): ReadonlyMap<string, Buffer> {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) throw new ShopRefusal(36_009_023, 'The form has no boundary.');
  const parts = `\r\n${rawBody.toString('latin1')}`.split(`\r\n--${boundary}`).slice(1, -1);
  return new Map(
    parts.flatMap((part): readonly (readonly [string, Buffer])[] => {
      const end = part.indexOf('\r\n\r\n');
      const name = /;\s*name="([^"]*)"/i.exec(part.slice(0, end))?.[1];
      if (end === -1 || name === undefined) return [];
      return [[name, Buffer.from(part.slice(end + 4), 'latin1')]];
    }),
  );
}
