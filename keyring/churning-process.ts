/** A process that makes and destroys keys and says so, for the test that kills it. */
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createKeyring } from './create.ts';

const [first = '', second = '', masterKey = '', round = ''] = process.argv.slice(2);
/** Synchronous: what was said before the kill has reached the other side. */
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

const keyring = await createKeyring({
  dirs: [first, second],
  masterKey: Buffer.from(masterKey, 'hex'),
  clock: { now: () => new Date() },
});

for (let number = 0; ; number += 1) {
  await Promise.all(
    ['a', 'b', 'c'].map(async (letter) => {
      const id = await keyring.ensure('connection', `${round}-${number}-${letter}`);
      const key = await keyring.unwrap(id);
      say(`ensured ${id} ${createHash('sha256').update(key).digest('hex')}`);
    }),
  );
  const victims = [`connection:${round}-${number}-a`, `connection:${round}-${number - 3}-b`];
  for (const id of victims) say(`destroying ${id}`);
  for (const { keyId } of await keyring.destroy(victims)) say(`destroyed ${keyId}`);
}
