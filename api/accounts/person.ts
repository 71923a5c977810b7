/** What is sealed of a person, and mails to them. */
import { randomUUID } from 'node:crypto';
import { type Keyring, keyId } from '../../keyring/keyring.ts';
import type { Clock } from '../../policy/clock.ts';
import { type Mail, sealContexts } from '../../policy/seals.ts';
import type { Account } from '../../registry/accounts/accounts.ts';
import type { OutboxMail } from '../../registry/outbox.ts';

/** Seals under the account's key, which must exist. */
export const sealOf = (
  keyring: Keyring,
  accountId: string,
  context: string,
  text: string,
): Promise<Buffer> => keyring.seal([keyId('account', accountId)], context, Buffer.from(text));

export async function openText(keyring: Keyring, sealed: Buffer, context: string): Promise<string> {
  return (await keyring.unseal(sealed, context)).toString('utf8');
}

export const emailOf = (keyring: Keyring, account: Account): Promise<string> =>
  openText(keyring, account.sealedEmail, sealContexts.accountEmail(account.id));

export const nameOf = (keyring: Keyring, account: Account): Promise<string> =>
  openText(keyring, account.sealedName, sealContexts.accountName(account.id));

export const passwordHashOf = (keyring: Keyring, account: Account): Promise<string> =>
  openText(keyring, account.sealedPassword, sealContexts.accountPassword(account.id));

type Deps = { readonly keyring: Keyring; readonly clock: Clock };

export async function sealMail(
  { keyring, clock }: Deps,
  accountId: string,
  kind: string,
  words: Omit<Mail, 'at'>,
): Promise<OutboxMail> {
  const id = randomUUID();
  const mail: Mail = { ...words, at: clock.now().toISOString() };
  const context = sealContexts.outboxMail(id);
  const sealed = await sealOf(keyring, accountId, context, JSON.stringify(mail));
  return { ...{ id, accountId, kind, sealed }, channel: 'email', dedupeKey: id };
}

/** A mail to the address of an account, never to one that was typed. */
export async function sealMailTo(
  deps: Deps,
  account: Account,
  kind: string,
  link?: string,
): Promise<OutboxMail> {
  const { keyring } = deps;
  const [to, name] = await Promise.all([emailOf(keyring, account), nameOf(keyring, account)]);
  return sealMail(deps, account.id, kind, { to, name, link });
}

/** The page asks for a click, as scanners of mailboxes open links. The token is sent to no server by opening it. */
export const linkTo = (publicUrl: URL, page: 'verify-email' | 'reset-password', token: string) =>
  new URL(`/${page}#token=${token}`, publicUrl).href;
