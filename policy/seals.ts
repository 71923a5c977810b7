/**
 * What is authenticated with each value that is sealed into the registry: store, field, owner. A value moved to
 * another row or column does not open. Sealed and unsealed in different folders, so the texts stand here once.
 */
export const sealContexts = {
  /** TikTok's authorisation code, as text. Key: the authorisation's. */
  authorisationCode: (authorisationId: string): string =>
    `registry/authorisations.sealed_code/${authorisationId}`,
  /** The access token, as text; of shops a `ShopToken` as JSON. Key: the authorisation's. */
  authorisationToken: (authorisationId: string): string =>
    `registry/authorisations.sealed_token/${authorisationId}`,
  /** `GrantedAccount[]` as JSON. Key: the authorisation's. */
  authorisationAccounts: (authorisationId: string): string =>
    `registry/authorisations.sealed_accounts/${authorisationId}`,
  /** The account's name, as text. Key: the connection's. */
  connectionName: (connectionId: string): string =>
    `registry/connections.sealed_name/${connectionId}`,
  /** What opens a shop for calls, as text. Key: the connection's. */
  shopCipher: (connectionId: string): string =>
    `registry/connections.sealed_cipher/${connectionId}`,
  /** TikTok's id of the order whose buyer was looked at. Key: the connection's. */
  buyerLook: (lookId: string): string => `registry/buyer_looks.sealed_order/${lookId}`,
  /** What an account is called, as text. Key: the account's, as of all that follow. */
  accountName: (accountId: string): string => `registry/accounts.sealed_name/${accountId}`,
  /** Its e-mail address as it was typed. */
  accountEmail: (accountId: string): string => `registry/accounts.sealed_email/${accountId}`,
  /** The bcrypt hash. */
  accountPassword: (accountId: string): string => `registry/accounts.sealed_password/${accountId}`,
  /** `Device` as JSON. */
  sessionDevice: (sessionId: string): string => `registry/sessions.sealed_device/${sessionId}`,
  /** Base32 text. */
  factorSecret: (accountId: string): string => `registry/factors.sealed_secret/${accountId}`,
  /** `Mail` as JSON. */
  outboxMail: (mailId: string): string => `registry/outbox.sealed_mail/${mailId}`,
  /** A `FeatureUse` as JSON. Keys: the account's and the day's of activity. */
  activityUse: (id: string): string => `registry/activity.sealed_use/${id}`,
  /** What TikTok sent. Key: the day's, or connection and day once it is matched. */
  eventBody: (eventId: string): string => `registry/events.sealed_body/${eventId}`,
} as const;

/** One account that a token reaches. */
export interface GrantedAccount {
  /** TikTok's id of it, digits: the advertiser's or the shop's. */
  readonly accountId: string;
  readonly name: string;
  /** Of a shop: opens it for calls. */
  readonly cipher?: string;
  /** Of a shop: the country that it sells in, as TikTok writes it. */
  readonly region?: string;
}

/** From where a session was begun. */
export interface Device {
  readonly userAgent: string;
  readonly address: string;
}

/** A mail before it has words: what its kind needs. */
export interface Mail {
  readonly to: string;
  readonly name: string;
  /** What the person opens; a secret. */
  readonly link?: string;
  /** When what it tells of happened, ISO 8601. */
  readonly at: string;
}
