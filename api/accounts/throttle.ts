/** What a try is counted under: HMACs with a key of the day, so that no table says who tried, or from where. */
import { createHmac } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { type ThrottleRule, throttleRules } from '../../policy/accounts.ts';
import { HubError } from '../../policy/errors.ts';
import type { ApiDeps } from '../deps.ts';
import { normaliseAddress } from './email-index.ts';

type Deps = Pick<ApiDeps, 'registry' | 'keyring' | 'clock'>;

/** One counter: the same text under another day's key is another one. */
export interface Counter {
  readonly rule: ThrottleRule;
  readonly of: string;
}

/** A household or a server has one IPv4 address, or 2^64 of IPv6. */
export function networkOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail = ''] = ip.split('%')[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')];
  return [...groups, ...right]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** In the order in which they are asked: a network that is refused uses up nothing of the address. */
export function signInCounters(input: {
  email: string;
  ip: string;
  /** The device's token, where the account knows it. */
  device: string | undefined;
}): Counter[] {
  const address = normaliseAddress(input.email);
  const network = networkOf(input.ip);
  if (input.device !== undefined) {
    return [{ rule: throttleRules.signInOfKnownDevice, of: `${address} ${input.device}` }];
  }
  return [
    { rule: throttleRules.signInOfNetwork, of: network },
    { rule: throttleRules.signInOfAddressAndNetwork, of: `${address} ${network}` },
    { rule: throttleRules.signInOfAddress, of: address },
  ];
}

/** Reserves a try on each, atomically and before anything that costs. @throws HubError `TOO_MANY_TRIES` */
export async function reserve(deps: Deps, counters: readonly Counter[]): Promise<void> {
  for (const { rule, of } of counters) {
    const waitMs = await deps.registry.throttles.take(rule, await keyOf(deps, of));
    if (waitMs !== undefined) {
      throw new HubError(
        'TOO_MANY_TRIES',
        'Try again later, or from a device that you use often.',
        {
          retryAfterMs: waitMs,
        },
      );
    }
  }
}

/** What was reserved was no failure. */
export async function giveBack(deps: Deps, counters: readonly Counter[]): Promise<void> {
  for (const { rule, of } of counters) {
    await deps.registry.throttles.giveBack(rule, await keyOf(deps, of));
  }
}

async function keyOf({ keyring, clock }: Deps, of: string): Promise<string> {
  const day = await keyring.ensure('day', clock.now().toISOString().slice(0, 10));
  return createHmac('sha256', await keyring.unwrap(day))
    .update(`throttle\n${of}`)
    .digest('base64url');
}
