/** Which format an answer takes: `format=` when given, else the best of `Accept`. */
import { HubError } from '../../../policy/errors.ts';
import type { ResultFormat } from '../../../warehouse/warehouse.ts';

/** In order of preference where `Accept` leaves the choice to us. */
export const mediaTypes = {
  json: 'application/json',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.stream',
} as const satisfies Record<ResultFormat, string>;

export const formats = Object.keys(mediaTypes) as [ResultFormat, ...ResultFormat[]];

/** Throws `NOT_ACCEPTABLE` when none of what is asked for can be given. */
export function chooseFormat(
  format: ResultFormat | undefined,
  accept: string | undefined,
): ResultFormat {
  if (format !== undefined) return format;
  const ranges = (accept ?? '*/*')
    .split(',')
    .map((part) => {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((text) => text.startsWith('q='))?.slice(2) ?? '1';
      return { range, quality: Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { range } of ranges) {
    const found = formats.find((candidate) => accepts(range, mediaTypes[candidate]));
    if (found) return found;
  }
  throw new HubError(
    'NOT_ACCEPTABLE',
    `Ask for one of ${Object.values(mediaTypes).join(', ')}, or say format=${formats.join('|')}.`,
  );
}

function accepts(range: string, mediaType: string): boolean {
  return range === '*/*' || range === mediaType || range === mediaType.replace(/\/.*/, '/*');
}
