/** What is kept of the people who use this hub; migrations name one of these beside each sealed column about them. */
export const personColumns = {
  'person.identity': 'What a person calls themselves.',
  'person.contact': 'How to reach them: e-mail address, and mails on their way to it.',
  'person.secret': 'What they prove themselves with: hash of the password, secret of the factor.',
  'person.device': 'From where they are signed in: browser and network address.',
} as const;
export type PersonColumn = keyof typeof personColumns;
