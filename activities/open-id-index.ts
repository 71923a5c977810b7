import { createHmac } from 'node:crypto';
import type { Keyring } from '../keyring/keyring.ts';

/**
 * By what an authorisation is found when TikTok names a person by `open_id`: keyed, so that the table alone tells
 * nobody's. That an `open_id` of the developers' platform equals one of TikTok Shop is an assumption, made by the
 * sandbox on purpose; where it is wrong, events match nothing and become a task.
 */
export async function openIdIndex(
  keyring: Pick<Keyring, 'ensure' | 'unwrap'>,
  openId: string,
): Promise<Buffer> {
  const key = await keyring.unwrap(await keyring.ensure('pseudonym', 'open-id-index'));
  const index = createHmac('sha256', key).update(openId).digest();
  key.fill(0);
  return index;
}
