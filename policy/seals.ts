/**
 * What is authenticated with each value that is sealed into the registry: store, field, owner. A value moved to
 * another row or column does not open. Sealed and unsealed in different folders, so the texts stand here once.
 */
export const sealContexts = {
  /** TikTok's authorisation code, as text. Key: the authorisation's. */
  authorisationCode: (authorisationId: string): string =>
    `registry/authorisations.sealed_code/${authorisationId}`,
  /** The access token, as text. Key: the authorisation's. */
  authorisationToken: (authorisationId: string): string =>
    `registry/authorisations.sealed_token/${authorisationId}`,
  /** `GrantedAccount[]` as JSON. Key: the authorisation's. */
  authorisationAccounts: (authorisationId: string): string =>
    `registry/authorisations.sealed_accounts/${authorisationId}`,
  /** The account's name, as text. Key: the connection's. */
  connectionName: (connectionId: string): string =>
    `registry/connections.sealed_name/${connectionId}`,
} as const;

/** One account that a token reaches. */
export interface GrantedAccount {
  readonly advertiserId: string;
  readonly name: string;
}
