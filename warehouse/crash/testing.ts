/**
 * A process for `crash.test.ts` to kill or to starve of disk: loads pull after pull and says how
 * far it came.
 */
import { dailyRow, openTestWarehouse, page, pullInto, testStreams } from '../testing.ts';

interface Home {
  readonly folder: string;
  readonly masterKey: Buffer;
}

/** Rows of pull `number`: some stay, some change, some vanish. Three pages of 400 ads. */
export const rowsOf = (number: number): { ad: number; spend: number }[] =>
  Array.from({ length: 1200 }, (_, ad) => ({
    ad: ad + 1,
    spend: ad % 3 === 0 ? number : 1,
  })).filter(({ ad }) => (ad + number) % 7 !== 0);

if (process.argv[1] === import.meta.filename) {
  const [mode, folder, masterKey] = process.argv.slice(2) as [string, string, string];
  const home = { folder, masterKey: Buffer.from(masterKey, 'hex') };
  await (mode === 'loop' ? loadUntilKilled(home) : loadOntoFullDisk(home));
}

async function loadUntilKilled(home: Home): Promise<void> {
  const { warehouse } = await openTestWarehouse({ streams: testStreams }, home);
  await warehouse.create('c1');
  const [covered] = await warehouse.coverage('c1');
  const last = covered === undefined ? 0 : covered.pulledAt.getTime() / 1000;
  for (let number = Math.max(1, last); ; number++) {
    const rows = rowsOf(number).map(({ ad, spend }) =>
      dailyRow(ad, `2026-11-0${(ad % 9) + 1}`, { spend: String(spend) }),
    );
    const pages = [rows.slice(0, 400), rows.slice(400, 800), rows.slice(800)].map(page);
    const result = await pullInto(warehouse, {
      pages,
      pullId: `pull-${number}`,
      pulledAt: new Date(number * 1000),
      window: { from: '2026-11-01', to: '2026-11-09' },
      totalNumber: rows.length,
    });
    console.log(`${number} ${result.repeated ? 'repeated' : 'loaded'}`);
  }
}

/**
 * Under a limit on the size of a file (see the test): a small load, one that does not fit, a small
 * one.
 */
async function loadOntoFullDisk(home: Home): Promise<void> {
  const { warehouse } = await openTestWarehouse({ streams: testStreams }, home);
  await warehouse.create('c1');
  const noise = (ad: number): string => [1, 2, 3, 4, 5, 6].map((by) => Math.sin(ad * by)).join(' ');
  const rows = (count: number, text: (ad: number) => string) =>
    Array.from({ length: count }, (_, at) => dailyRow(at + 1, '2026-11-02', { ad_text: text(at) }));
  const outcome = (pages: Buffer[], at: number) =>
    pullInto(warehouse, { pages, at }).then(
      ({ added, changed }) => ({ added, changed }),
      ({ code, retryable }) => ({ code, retryable }),
    );
  const small = await outcome([page(rows(10, String))], 1);
  const pages = Array.from({ length: 15 }, (_, at) =>
    page(rows(30_000, noise).slice(at * 2000, (at + 1) * 2000)),
  );
  const large = await outcome(pages, 2);
  const [afterwards] = await warehouse.coverage('c1');
  const next = await outcome([page(rows(11, String))], 3);
  console.log(JSON.stringify({ small, large, pulledAt: afterwards?.pulledAt, next }));
  await warehouse.close();
}
