/**
 * Buyers made of a seed: the same person each time their number comes up. Every 20th is a canary, whose personal
 * strings hold a word that occurs nowhere else, so that a test can look for it after an erasure.
 */
import { hash, pick } from '../../generator/hash.ts';

export interface Buyer {
  readonly userId: string;
  /** The word that a canary's strings hold; null for ordinary buyers. */
  readonly canary: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly nickname: string;
  readonly avatar: string;
  readonly email: string;
  readonly phone: string;
  readonly line1: string;
  readonly line2: string;
  readonly postCode: string;
  readonly town: string;
  readonly region: string;
  readonly country: string;
  readonly state: string;
  readonly dropOff: string;
  /** Brazilian tax number and name; null elsewhere. */
  readonly cpf: string | null;
}

interface Market {
  readonly country: string;
  readonly dial: string;
  readonly towns: readonly (readonly [town: string, state: string, postCode: string])[];
}

const markets: Readonly<Record<string, Market>> = {
  GB: {
    country: 'United Kingdom',
    dial: '44',
    towns: [
      ['Leeds', 'West Yorkshire', 'LS1 4A'],
      ['Bristol', 'Bristol', 'BS1 3X'],
      ['Cardiff', 'Wales', 'CF10 2'],
    ],
  },
  US: {
    country: 'United States',
    dial: '1',
    towns: [
      ['Columbus', 'Ohio', '4321'],
      ['Tucson', 'Arizona', '8571'],
      ['Albany', 'New York', '1220'],
    ],
  },
  DE: {
    country: 'Germany',
    dial: '49',
    towns: [
      ['Leipzig', 'Sachsen', '0410'],
      ['Bremen', 'Bremen', '2819'],
      ['Mainz', 'Rheinland-Pfalz', '5511'],
    ],
  },
  BR: {
    country: 'Brazil',
    dial: '55',
    towns: [
      ['Recife', 'Pernambuco', '50010-00'],
      ['Curitiba', 'Paraná', '80010-01'],
    ],
  },
  ID: { country: 'Indonesia', dial: '62', towns: [['Bandung', 'Jawa Barat', '4011']] },
  MY: { country: 'Malaysia', dial: '60', towns: [['Ipoh', 'Perak', '3000']] },
  JP: { country: 'Japan', dial: '81', towns: [['神戸市', '兵庫県', '650-000']] },
};
const elsewhere: Market = {
  country: 'Singapore',
  dial: '65',
  towns: [['Singapore', 'Singapore', '01896']],
};

const firstNames = ['Priya', 'Jonas', 'Aiko', 'Zoë', 'Márcia', 'Omar', 'Wei', 'Søren', 'Ngozi'];
const lastNames = ['Shah', 'Müller', 'Tanaka', 'O’Neill', 'da Silva', 'Haddad', 'Łuczak', 'Okafor'];
const streets = [
  'Mill Lane',
  'Station Road',
  'Kirchweg',
  'Elm Street',
  'Rua do Sol',
  'Harbour View',
];
const canaryEvery = 20;

/** `shop` is the shop's place in the world: buyers of two shops are different people. */
export function buyerOf(seed: number, shop: number, number: number, region: string): Buyer {
  const market = markets[region] ?? elsewhere;
  const draw = (purpose: number) => hash(seed ^ (shop * 7919 + purpose), number, 0xb11e);
  const digits = (purpose: number, length: number) =>
    String(draw(purpose)).padStart(length, '3').slice(-length);
  const canary = number % canaryEvery === 7 ? canaryWord(draw(1), number) : null;
  const [town, state, postCode] = pick(market.towns, seed, number, 4);
  const lastName = canary ? `${capital(canary)}` : pick(lastNames, seed, number, 2);
  const word = canary ?? `q${draw(3).toString(36)}`;
  const cpf = `${digits(9, 9)}-${digits(10, 2)}`;
  return {
    userId: `74945${String(shop % 1000).padStart(3, '0')}${String(number).padStart(7, '0')}${digits(5, 4)}`,
    canary,
    firstName: pick(firstNames, seed, number, 1),
    lastName,
    nickname: canary ? `${canary}.shops` : `user${digits(6, 7)}`,
    avatar: `https://p16.example/avatar/${word}.jpg`,
    email: `${word}@chat.seller.tiktok.com`,
    phone: `(+${market.dial})7${digits(7, 9)}`,
    line1: `${1 + (draw(8) % 180)} ${canary ? `${canary} ` : ''}${pick(streets, seed, number, 3)}`,
    line2: draw(11) % 3 === 0 ? `Flat ${1 + (draw(12) % 40)}` : '',
    postCode: `${postCode}${draw(13) % 10}`,
    town,
    region,
    country: market.country,
    state,
    dropOff: canary ? `Behind the shed of ${canary}` : 'Front door',
    cpf: region === 'BR' ? cpf : null,
  };
}

/** Free text of one order; canaries leave their word, some others write too. */
export function messageOf(buyer: Buyer, orderIndex: number): string {
  if (buyer.canary) return `Please ring for ${buyer.canary}, order ${orderIndex}`;
  return orderIndex % 9 === 4 ? `Leave it with ${buyer.firstName}’s neighbour, "no. 3"` : '';
}

/** Letters only, so that no number or id can contain it by chance. */
function canaryWord(draw: number, number: number): string {
  const letters = (value: number) =>
    [...String(value)].map((digit) => 'bcdfghjkmp'[Number(digit)]).join('');
  return `canary${letters(draw)}x${letters(number)}`;
}

const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
