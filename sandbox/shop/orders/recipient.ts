/**
 * Whom an order goes to, clear or masked as the market's rules say for its status and age. The same order can be clear
 * today and masked on a later read, without its `update_time` moving.
 */
import { type Buyer, buyerOf } from './buyers.ts';
import type { Storefront } from './order-plan.ts';
import type { OrderState } from './order-state.ts';

const daySeconds = 86_400;
/** In the United States, names and streets are masked again so long after completion. */
const clearSeconds = 30 * daySeconds;

export type Clarity = 'clear' | 'masked' | 'absent';

export function clarityOf(order: OrderState, now: number): Clarity {
  const { front, fulfilment, delivery } = order.plan;
  if (front.shop.region === 'US') return clarityInUnitedStates(order, now);
  if (order.status === 'UNPAID' || order.status === 'ON_HOLD') return 'absent';
  const byTikTok = fulfilment === 'FULFILLMENT_BY_TIKTOK' || delivery.shippingType === 'TIKTOK';
  return byTikTok ? 'masked' : 'clear';
}

function clarityInUnitedStates(order: OrderState, now: number): Clarity {
  if (order.plan.fulfilment === 'FULFILLMENT_BY_TIKTOK') return 'masked';
  if (['UNPAID', 'ON_HOLD', 'CANCELLED'].includes(order.status)) return 'masked';
  const { completedAt } = order;
  return completedAt !== null && now >= completedAt + clearSeconds ? 'masked' : 'clear';
}

/** Buyers come up again and again, with every order and every read. */
const known = new WeakMap<Storefront, Map<number, Buyer>>();

export function buyerOfOrder({ plan }: OrderState): Buyer {
  const { front, buyer: number } = plan;
  const buyers = known.get(front) ?? new Map<number, Buyer>();
  known.set(front, buyers);
  const buyer = buyers.get(number) ?? buyerOf(front.seed, front.place, number, front.shop.region);
  buyers.set(number, buyer);
  return buyer;
}

/** The street that the buyer has written since, or the one on file. */
export const streetOf = ({ line1 }: Buyer, movedHouse: boolean): string =>
  movedHouse ? `${line1}, rear building` : line1;

const stars = '***';
/** First letters stay, the rest goes: `P*** S***`. */
const maskWords = (text: string): string =>
  text === ''
    ? ''
    : text
        .split(' ')
        .map((word) => word.slice(0, 1) + stars)
        .join(' ');
const maskPhone = (phone: string): string =>
  phone.replace(
    /\)(\d{3})\d*(\d{2})$/,
    (_, start: string, end: string) => `)${start}-***-**${end}`,
  );

export function recipientOf(order: OrderState, now: number): Record<string, unknown> | undefined {
  const clarity = clarityOf(order, now);
  if (clarity === 'absent') return undefined;
  const buyer = buyerOfOrder(order);
  const masked = clarity === 'masked';
  const hide = masked ? maskWords : (text: string) => text;
  const street = streetOf(buyer, order.movedHouse);
  const full = [street, buyer.line2, buyer.town, buyer.postCode, buyer.country];
  const name = `${buyer.firstName} ${buyer.lastName}`;
  return {
    name: hide(name),
    first_name: hide(buyer.firstName),
    last_name: hide(buyer.lastName),
    first_name_local_script: buyer.region === 'JP' ? hide(buyer.firstName) : '',
    last_name_local_script: buyer.region === 'JP' ? hide(buyer.lastName) : '',
    phone_number: masked ? maskPhone(buyer.phone) : buyer.phone,
    full_address: masked
      ? `${stars}, ${buyer.town}, ${stars}, ${buyer.country}`
      : full.filter((part) => part !== '').join(', '),
    address_line1: masked ? stars : street,
    address_line2: masked && buyer.line2 ? stars : buyer.line2,
    address_line3: '',
    address_line4: '',
    address_detail: masked ? stars : [street, buyer.line2].filter(Boolean).join(' '),
    postal_code: masked ? buyer.postCode.slice(0, 2) + stars : buyer.postCode,
    post_town: buyer.town,
    region_code: buyer.region,
    delivery_preferences: { drop_off_location: masked ? stars : buyer.dropOff },
    district_info: districtsOf(order, buyer, masked),
  };
}

function districtsOf(order: OrderState, buyer: Buyer, masked: boolean) {
  const level = (number: number, level_name: string, address_name: string) => ({
    address_level: `L${number}`,
    address_level_name: level_name,
    address_name,
    ...(number === 0 ? { iso_code: buyer.region } : {}),
  });
  const open = !['UNPAID', 'ON_HOLD', 'COMPLETED', 'CANCELLED'].includes(order.status);
  const inStock = order.plan.fulfilment === 'FULFILLMENT_BY_TIKTOK' && open;
  const hidesTown = masked && !(buyer.region === 'US' && inStock);
  return [
    level(0, 'Country', buyer.country),
    level(1, 'State', buyer.state),
    level(2, 'County', buyer.state),
    level(3, 'City', hidesTown ? stars : buyer.town),
  ];
}

/** Tax number and name are there as long as the invoice may be written. */
export function taxOf(order: OrderState, now: number): { cpf?: string; cpf_name?: string } {
  const buyer = buyerOfOrder(order);
  if (buyer.cpf === null || order.paidAt === null) return {};
  const { completedAt } = order;
  const over =
    order.status === 'CANCELLED' || (completedAt !== null && now >= completedAt + clearSeconds);
  if (over) return { cpf: `${stars}.${stars}.${stars}-**`, cpf_name: stars };
  return { cpf: buyer.cpf, cpf_name: `${buyer.firstName} ${buyer.lastName}` };
}
