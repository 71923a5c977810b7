/** The fixed cost of a load: a backfill by the hour is hundreds of windows of some dozen rows. */
import type { Field } from '../policy/stream.ts';
import { streams } from '../policy/streams/index.ts';
import { openTestWarehouse, page, pullInto } from '../warehouse/testing.ts';
import { cpuSecondsSince, show } from './rows/ad-rows.ts';

const stream = streams.ads_reports_hourly;
const loads = 100;
const rows = 50;
const cpuMsMax = 20;

function cellOf({ name, type }: Field, day: string, at: number): string {
  if (name === 'ad_id') return String(1_783_345_233_000_000n + BigInt(Math.floor(at / 24)));
  if (type === 'hour') return `${day} ${String(at % 24).padStart(2, '0')}:00:00`;
  return type === 'id' ? '1783345100000000' : '12';
}

function bodyOf(day: string): Buffer {
  const records = Array.from({ length: rows }, (_, at) => {
    const record: Record<string, Record<string, string>> = { dimensions: {}, metrics: {} };
    for (const field of stream.fields) {
      const [container, name] = field.source.split('.') as [string, string];
      record[container]![name] = cellOf(field, day, at);
    }
    return record;
  });
  return page(records);
}

const test = await openTestWarehouse({ streams: [stream] });
try {
  await test.warehouse.create('c1');
  for (const kind of ['new', 'restated'] as const) {
    let before = process.cpuUsage();
    let begun = 0;
    // The first ten make the code warm.
    for (let at = -10; at < loads; at++) {
      if (at === 0) [before, begun] = [process.cpuUsage(), performance.now()];
      const days = kind === 'new' ? at : loads;
      const day = new Date(Date.UTC(2026, 0, 20 + days)).toISOString().slice(0, 10);
      const pull = { stream: stream.name, window: { from: day, to: day }, totalNumber: rows };
      await pullInto(test.warehouse, { ...pull, pages: [bodyOf(day)], at: at + 10 });
    }
    const cpuMs = (cpuSecondsSince(before) * 1000) / loads;
    const wallMs = (performance.now() - begun) / loads;
    show(
      `${rows} rows by the hour landed and loaded, ${kind} window`,
      `${cpuMs.toFixed(1)} ms processor, ${wallMs.toFixed(1)} ms`,
      kind === 'new' ? `under ${cpuMsMax} ms processor` : '',
      kind !== 'new' || cpuMs < cpuMsMax,
    );
  }
} finally {
  await test.close();
}
