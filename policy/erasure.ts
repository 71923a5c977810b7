/** How sure an erasure can be of a store, best first. A receipt names the level that each store reached. */
export const erasureLevels = {
  'bytes-verified': 'Files are unlinked, no process holds them open, their absence was checked.',
  'logically-verified': 'The store itself answers that it has no such record.',
  'key-destroyed': 'What is left can be read by nobody: its key is gone from every replica.',
  'out-of-reach': 'Nothing that this software could check.',
} as const;
export type ErasureLevel = keyof typeof erasureLevels;

export interface Store {
  readonly holds: string;
  readonly kept: string;
  readonly level: ErasureLevel;
  readonly forgetsBy: string;
}

/** Every place where something is kept, and the level that it must reach. */
export const stores = {
  'warehouse facts': {
    holds: 'streams of a connection',
    kept: 'one encrypted DuckDB file a connection, with a key of its own',
    level: 'bytes-verified',
    forgetsBy: 'key destroyed, file unlinked, descriptors and absence checked',
  },
  'warehouse people': {
    holds: 'buyers of a shop: their personal fields, as they are now',
    kept: 'one encrypted DuckDB file a shop; written anew each night under a new key, without whose time is over',
    level: 'bytes-verified',
    forgetsBy: 'key destroyed, file unlinked, each night and at the end',
  },
  thumbnails: {
    holds: 'small pictures of products and creatives',
    kept: 'files, sealed under the connection’s key',
    level: 'bytes-verified',
    forgetsBy: 'unlinked with their connection',
  },
  landing: {
    holds: 'pages as they were pulled',
    kept: 'files, sealed under a key of connection and day',
    level: 'bytes-verified',
    forgetsBy: 'unlinked when their window is loaded; what was never loaded after 7 days',
  },
  quarantine: {
    holds: 'rows that could not be read',
    kept: 'files, sealed under a key of connection and day',
    level: 'bytes-verified',
    forgetsBy: 'unlinked after 30 days',
  },
  registry: {
    holds: 'workspaces, authorisations, connections, consents, obligations, tasks, windows',
    kept: 'PostgreSQL; tokens and names sealed under keys of their own',
    level: 'key-destroyed',
    forgetsBy: 'row deleted and key destroyed',
  },
  accounts: {
    holds:
      'people who use the hub: name, e-mail, password hash, second factor, sessions, known devices',
    kept: 'PostgreSQL; sealed under the account’s key, found by a keyed index of the address',
    level: 'key-destroyed',
    forgetsBy: 'row deleted and key destroyed; sign-ups that nobody verified after a day',
  },
  throttles: {
    holds: 'counts of failed tries',
    kept: 'PostgreSQL; under HMACs of address and network with the key of the day',
    level: 'key-destroyed',
    forgetsBy: 'the day’s key destroyed',
  },
  outbox: {
    holds: 'mails that wait to be sent',
    kept: 'PostgreSQL; whole mails sealed under the account’s key',
    level: 'key-destroyed',
    forgetsBy: 'row deleted once delivered, or with the account’s key',
  },
  events: {
    holds:
      'events that TikTok sent: ids of shops, orders, products and of who gave an authorisation',
    kept: 'PostgreSQL; bodies sealed under the day’s key, under connection and day once matched',
    level: 'key-destroyed',
    forgetsBy: 'rows deleted after 7 days, or with their connection’s key',
  },
  'activity log': {
    holds: 'which account used which feature, when, with which browser, from which network',
    kept: 'PostgreSQL, a partition a day; rows sealed under a key of account and day',
    level: 'key-destroyed',
    forgetsBy: 'partition dropped and its day’s key destroyed at 180 days; with the account’s key',
  },
  'audit trail': {
    holds: 'random handles of accounts, codes of acts and reasons, salted commitments',
    kept: 'PostgreSQL, a chain of hashes that is appended to only',
    level: 'logically-verified',
    forgetsBy: 'handle and salt deleted with the account: the entries stay and name nobody',
  },
  'workflow store': {
    holds: 'histories of workflows: random ids, cursors, counts',
    kept: 'Temporal; payloads encrypted',
    level: 'logically-verified',
    forgetsBy: 'executions deleted; random ids may remain until pages are used again',
  },
  keyring: {
    holds: 'wrapped keys',
    kept: 'two replicas without version history, part of no backup',
    level: 'bytes-verified',
    forgetsBy: 'both replicas destroyed and verified; survivors wrapped anew',
  },
  logs: {
    holds: 'no personal data: random ids and counts',
    kept: 'standard output',
    level: 'out-of-reach',
    forgetsBy: 'nothing to forget',
  },
} as const satisfies Record<string, Store>;
