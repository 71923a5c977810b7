import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killInLoop } from './kill-loop.ts';

test('a hundred kills lose no acknowledged key and bring no destroyed one back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keyring-'));
  try {
    await killInLoop([join(folder, 'a'), join(folder, 'b')], 100);
    expect.hasAssertions();
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);
