/**
 * Renews the token of an authorisation when that is owed. Promises: one renewal at a time per authorisation, over all
 * processes; an answer that is lost loses nothing; whatever ends half-way is owed still and begun again within a
 * minute. Reports an authorisation that TikTok renews no more.
 */
export const renewAuthorisationType = 'renewAuthorisation';
export const renewAuthorisationId = (authorisationId: string): string =>
  `renew-authorisation-${authorisationId}`;

export interface RenewAuthorisationInput {
  readonly authorisationId: string;
}

export interface RenewAuthorisationResult {
  /**
   * `not-owed`: renewed by another, or no open connection needs it. `unrenewable`: TikTok refuses to renew, but takes
   * the present token until it ends.
   */
  readonly outcome: 'renewed' | 'not-owed' | 'unrenewable' | 'dead';
}

export interface RenewAuthorisationActivities {
  /** One call to TikTok, two more where it refuses. Queue `tiktok-shop`. */
  renewToken(input: RenewAuthorisationInput): Promise<RenewAuthorisationResult>;
  /** Everything of the authorisation is restricted at once. Queue `office`. */
  reportDead(input: RenewAuthorisationInput): Promise<void>;
}
