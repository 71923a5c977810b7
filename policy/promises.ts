/** What the privacy policy promises, one number each: its name in code, in titles of tests and in the panel. */
interface PolicyPromise {
  /** Sections of the privacy policy. */
  readonly sections: readonly number[];
  readonly text: string;
}

export const promises = {
  P01: {
    sections: [2],
    text: 'Registration takes name, e-mail, password, and nothing more than is needed.',
  },
  P02: { sections: [2, 5], text: 'Passwords are bcrypt hashes, never plaintext anywhere.' },
  P03: {
    sections: [2],
    text: 'TikTok authorisation by OAuth: ad-account ids, access and refresh tokens, granted scopes.',
  },
  P04: { sections: [2, 5], text: 'Access and refresh tokens are AES-256 encrypted at rest.' },
  P05: { sections: [2], text: 'Usage data: access time and feature used are logged.' },
  P06: { sections: [2], text: 'Device data: browser type, OS, IP address, taken with a log row.' },
  P07: { sections: [3], text: 'TikTok ad and shop data become analytics reports.' },
  P08: { sections: [3], text: 'Product listing through the TikTok Shop API.' },
  P09: { sections: [3], text: 'Product editing through the TikTok Shop API.' },
  P10: { sections: [3], text: 'Order management through the TikTok Shop API.' },
  P11: { sections: [3], text: 'Service notifications.' },
  P12: { sections: [3], text: 'Security alerts.' },
  P13: { sections: [3], text: 'Support messages.' },
  P14: { sections: [3], text: 'Fraud and abuse are detected and prevented.' },
  P15: { sections: [3], text: 'Legal and regulatory compliance.' },
  P16: { sections: [4], text: 'Data is read only within the scope that the user authorised.' },
  P17: { sections: [4], text: 'Never sold, never used beyond the service (purpose limitation).' },
  P18: {
    sections: [4, 7],
    text: 'The user can revoke TikTok authorisation in Settings at any time.',
  },
  P19: { sections: [4], text: 'On revocation no new data is fetched, at once.' },
  P20: { sections: [4, 10], text: 'Data kept after a revocation is deleted within 90 days.' },
  P21: { sections: [4, 10], text: 'Such data is deleted earlier upon the user’s request.' },
  P22: {
    sections: [4, 10],
    text: 'TikTok’s data-deletion callback deletes tokens and data automatically.',
  },
  P23: { sections: [5], text: 'All transmission over HTTPS/TLS.' },
  P24: { sections: [5], text: 'Regular security audits and vulnerability scanning.' },
  P25: { sections: [5], text: 'Strict access control: only authorised personnel see user data.' },
  P26: { sections: [6], text: 'Service providers are named and bound.' },
  P27: { sections: [6], text: 'Disclosure only when the law requires it.' },
  P28: { sections: [6], text: 'Business transfer only with prior notice.' },
  P29: { sections: [7], text: 'Access: the user gets the personal data held.' },
  P30: { sections: [7], text: 'Correction.' },
  P31: { sections: [7, 10], text: 'Deletion of account and data.' },
  P32: { sections: [7], text: 'Withdraw consent: revoke TikTok or close the account at any time.' },
  P33: {
    sections: [9],
    text: 'Not for under 18; a minor’s data is deleted immediately when known.',
  },
  P34: { sections: [8], text: 'Only necessary cookies; none of third parties.' },
  P35: { sections: [8], text: 'Disabled cookies: the user is told why sign-in cannot work.' },
  P36: { sections: [10], text: 'Account information is deleted within 30 days after closure.' },
  P37: { sections: [10], text: 'Activity logs are purged after 180 days, automatically.' },
  P38: {
    sections: [10],
    text: 'Payment records are kept for 5 years, and survive an account’s erasure without the rest.',
  },
  P39: {
    sections: [11],
    text: 'Significant policy changes are announced in-platform or by e-mail.',
  },
  P40: { sections: [11], text: 'Continued use is acceptance: the version accepted is recorded.' },
  P41: {
    sections: [12, 7],
    text: 'Contact: requests that arrive by e-mail or post can be entered and handled.',
  },
} as const satisfies Record<string, PolicyPromise>;

export type PromiseId = keyof typeof promises;
