/** Finds the endpoint of a path, or says in TikTok's order what is wrong with it: path, method, version. */
import { ShopRefusal } from './answers.ts';
import type { ShopEndpoint } from './endpoint.ts';

export interface Route {
  readonly endpoint: ShopEndpoint;
  readonly parts: Readonly<Record<string, string>>;
}

interface Candidate {
  readonly endpoint: ShopEndpoint;
  readonly parts: readonly string[];
}

const versionPlace = 1;
const versionPattern = /^\d{6}$/;

/** Literal parts are tried before `{name}`, so that `/products/search` is no product. */
export function createRouter(
  endpoints: readonly ShopEndpoint[],
): (method: string, path: string) => Route {
  const byLength = new Map<number, Candidate[]>();
  const literals = ({ parts }: Candidate): number =>
    parts.filter((part) => !part.startsWith('{')).length;
  for (const endpoint of endpoints) {
    const parts = endpoint.path.slice(1).split('/');
    const candidates = [...(byLength.get(parts.length) ?? []), { endpoint, parts }];
    byLength.set(
      parts.length,
      candidates.sort((one, other) => literals(other) - literals(one)),
    );
  }
  return (method, path) => {
    const given = path.slice(1).split('/');
    const candidates = byLength.get(given.length) ?? [];
    const same = candidates.filter(({ parts }) => matches(parts, given, false));
    const exact = same.find(({ endpoint }) => endpoint.method === method);
    if (exact) return { endpoint: exact.endpoint, parts: readParts(exact.parts, given) };
    if (same.length > 0) throw new ShopRefusal(36_009_010, `Invalid method ${method}.`);
    const otherVersion = candidates.some(({ parts }) => matches(parts, given, true));
    if (otherVersion && versionPattern.test(given[versionPlace]!)) {
      throw new ShopRefusal(36_009_014, 'Invalid API version.');
    }
    throw new ShopRefusal(36_009_009, 'Invalid path.');
  };
}

function matches(parts: readonly string[], given: readonly string[], anyVersion: boolean): boolean {
  return parts.every(
    (part, index) =>
      part === given[index] ||
      (anyVersion && index === versionPlace) ||
      (part.startsWith('{') && given[index] !== ''),
  );
}

function readParts(
  parts: readonly string[],
  given: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    parts.flatMap((part, index) =>
      part.startsWith('{') ? [[part.slice(1, -1), decodeURIComponent(given[index]!)]] : [],
    ),
  );
}
