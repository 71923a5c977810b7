/** A process that sends in slots of the gate, for tests that stop it. Its event loop stands still now and then. */
import { openRegistry } from './open.ts';

const [databaseUrl = '', target = '', perSecond = '', stallMsMax = ''] = process.argv.slice(2);
const stallEveryMs = 300;

const registry = await openRegistry({ databaseUrl, clock: { now: () => new Date() } });
registry.quota.setRate('app', Number(perSecond));

setInterval(() => {
  const until = performance.now() + Math.random() * Number(stallMsMax);
  while (performance.now() < until);
}, stallEveryMs);

async function send(): Promise<void> {
  for (;;) {
    await registry.quota.takeSlot('app', new AbortController().signal);
    const answer = await fetch(`${target}${Date.now()}`);
    await answer.text();
  }
}
await Promise.all(Array.from({ length: 10 }, send));
