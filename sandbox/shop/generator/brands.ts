/** Brands that every seller of the sandbox may name. */
import { idOf } from './shops.ts';

export interface Brand {
  readonly id: string;
  readonly name: string;
  readonly authorised: boolean;
}

const names = ['Nordlys', 'Redwood', 'Kopi', 'Ipê', 'Kumo', 'Tui', 'Himal', 'No Name & Co'];

export function brandsOf(seed: number): readonly Brand[] {
  return names.map((name, index) => ({
    id: idOf(7_082_427_000_000_000_000n, seed, index),
    name,
    authorised: index % 3 !== 2,
  }));
}
