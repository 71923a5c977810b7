/** How a grant ends, and what TikTok tells of it: notices from 30 days ahead, and the seller's withdrawal. */
import type { ShopContext } from '../endpoint.ts';
import type { ShopGrant } from './authorisations.ts';

type Telling = Pick<ShopContext, 'agenda' | 'authorisations' | 'clock' | 'events' | 'world'>;

const daySeconds = 86_400;
const noticeSeconds = 30 * daySeconds;
const upcomingEnd = 7;
const withdrawal = 6;

/** The first notice 30 days ahead, then one each midnight, until the grant ends or a later one replaces it. */
export function announceEnd(grant: ShopGrant, telling: Telling): void {
  const now = telling.clock.now().getTime() / 1000;
  const first = grant.endsAt - noticeSeconds;
  planNotice(grant, first > now ? first : nextMidnight(now), telling);
}

function planNotice({ id, endsAt }: ShopGrant, seconds: number, telling: Telling): void {
  if (seconds >= endsAt) return;
  const { agenda, authorisations, events, world } = telling;
  agenda.at(new Date(seconds * 1000), (at) => {
    const grant = authorisations.list().find((candidate) => candidate.id === id);
    if (!grant || grant.endsAt !== endsAt || grant.withdrawnCode !== null) return;
    if (hasLater(grant, authorisations.list())) return;
    const days = Math.ceil((endsAt - seconds) / daySeconds);
    for (const shop of world.shopsOf(grant.sellerId)) {
      const text = `Authorization of shop_id ${shop.id} is expiring in ${days} days.`;
      const message = `${text} Please direct the merchant to re-authorize.`;
      const data = { message, expiration_time: String(endsAt) };
      events.emit({ type: upcomingEnd, shopId: shop.id, at, data });
    }
    planNotice(grant, nextMidnight(seconds), telling);
  });
}

const hasLater = (grant: ShopGrant, all: readonly ShopGrant[]): boolean =>
  all.some(
    (other) =>
      other.sellerId === grant.sellerId &&
      other.withdrawnCode === null &&
      other.endsAt > grant.endsAt,
  );

const nextMidnight = (seconds: number): number =>
  (Math.floor(seconds / daySeconds) + 1) * daySeconds;

/** Tells of a withdrawal that has just happened. */
export function tellWithdrawal(sellerId: string, { clock, events, world }: Telling): void {
  for (const shop of world.shopsOf(sellerId)) {
    const message = `Shop_id ${shop.id} is deauthorized from your APP by merchant.`;
    events.emit({ type: withdrawal, shopId: shop.id, at: clock.now(), data: { message } });
  }
}
