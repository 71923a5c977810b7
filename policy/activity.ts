/** Logs of activity are purged after this many days, by the day: a day's rows go when its oldest is as old. */
export const activityDays = 180;

/** One use of a feature by a signed-in account, as it is sealed. */
export interface FeatureUse {
  readonly at: string;
  /** The route as declared: method and address with its parameters' names, never their values. */
  readonly feature: string;
  /** The browser's own words about itself, where it sends any. */
  readonly userAgent: string | null;
  readonly network: string;
}
