/** Numbers of TikTok Shop's notifications that need a treatment of their own. */

/** Their `product_id` goes as a bare JSON integer, above 2^53. */
export const bareProductId: ReadonlySet<number> = new Set([5, 16, 37]);

export const deauthorisation = 6;

/** The documented example of this type, the change of a recipient's address, has no id. */
export const withoutId = 3;
