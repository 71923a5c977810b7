/** Which addresses are the public internet. Asked after DNS, so that no name can lead inside. */
import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { HubError } from '../policy/errors.ts';

/** IANA's special-purpose registry: this host, private, shared (CGNAT), loopback, link-local, tests, multicast. */
const special = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  special.addSubnet(network, prefix, 'ipv4');
}
// Documentation, and Teredo and 6to4, which carry an IPv4 address inside.
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  special.addSubnet(network, prefix, 'ipv6');
}

/** All that IANA has given out as global unicast; leaves out mapped, translated, local and multicast addresses. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, 'ipv4');
  return family === 6 && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6');
}

/** `dns.lookup`, refusing a name as soon as one of its addresses is not public. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const first = addresses?.[0];
    if (error || first === undefined) return callback(error, []);
    if (!addresses.every(({ address }) => isPublicAddress(address))) {
      const what = `${hostname} has an address that is not public`;
      const refused = new HubError('EGRESS_REFUSED', `Not sent: ${what}.`, { details: { what } });
      return callback(refused, []);
    }
    if (options.all) return callback(null, addresses);
    return callback(null, first.address, first.family);
  });
};
