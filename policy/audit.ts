/** What the audit trail can say: closed sets, so that it holds no free text. */
export const auditActs = {
  'account-closed': 'An account was closed by its owner.',
  'account-erased': 'An account and its data were erased.',
  'account-data-read': 'Staff read data of an account.',
  'admin-invited': 'A link that makes an admin was issued on the host.',
  'buyer-read': 'The buyer of an order was looked at.',
  'connection-revoked': 'A connection to TikTok was ended.',
  'factor-changed': 'A second factor was set up, replaced or removed.',
  'member-added': 'An account became a member of a workspace.',
  'member-removed': 'An account is no member of a workspace any more.',
  'password-changed': 'The password of an account was changed or reset.',
  'roles-changed': 'The roles of a member or of staff were changed.',
  'sessions-ended': 'Sessions of an account were ended by someone else than their owner.',
  'token-created': 'A token for programs was created.',
  'token-revoked': 'A token for programs was revoked.',
} as const;
export type AuditAct = keyof typeof auditActs;

/** Why it was done. */
export const auditReasons = {
  'owner-asked': 'The owner of the account asked for it.',
  'privacy-request': 'A request under the privacy policy is being fulfilled.',
  security: 'The account or the installation has to be protected.',
  support: 'A fault is being looked into.',
  legal: 'A law or an authority asks for it.',
  'daily-work': 'The work of the workspace needs it: delivery, return, complaint, invoice.',
} as const;
export type AuditReason = keyof typeof auditReasons;
