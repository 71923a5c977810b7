import { expect, it } from 'vitest';
import { runSandboxCommand } from './command.ts';
import { get } from './sandbox-client.ts';

const small = ['--port', '0', '--accounts', '2', '--ads', '5', '--days', '3', '--no-quota'];

it('prints its address, the app, and advertisers with a token that opens them', async () => {
  const lines: string[] = [];
  const sandbox = await runSandboxCommand(small, (line) => lines.push(line));
  try {
    const text = lines.join('\n');
    expect(lines.at(-1)).toBe(`Sandbox is ready: ${sandbox.origin}/open_api/v1.3/`);
    expect(text).toContain(`app id ${sandbox.app.appId} with secret ${sandbox.app.secret}`);
    const token = text.match(/access token ([0-9a-f]{40})/)![1]!;
    const ids = [...text.matchAll(/^ {2}(\d+)/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(2);
    const info = await get(sandbox, 'advertiser/info/', { advertiser_ids: ids }, token);
    expect(info.data.list).toHaveLength(2);
  } finally {
    await sandbox.close();
  }
});

it('prints the app of the shops, and the shops', async () => {
  const lines: string[] = [];
  const args = [...small, '--shops', '3', '--products', '2', '--shop-refresh', 'strict'];
  const sandbox = await runSandboxCommand(args, (line) => lines.push(line));
  try {
    const { appKey, secret, serviceId } = sandbox.shop!.app;
    const app = `shop app key ${appKey} with secret ${secret} and service id ${serviceId}`;
    expect(lines).toContain(app);
    expect(lines.filter((line) => /^ {2}shop {2}\d{19} /.test(line))).toHaveLength(3);
  } finally {
    await sandbox.close();
  }
});

it('the same seed gives the same app, another seed another', async () => {
  const idOf = async (seed: string) => {
    const sandbox = await runSandboxCommand([...small, '--seed', seed], () => {});
    await sandbox.close();
    return sandbox.app.appId;
  };
  const first = await idOf('5');
  expect(await idOf('5')).toBe(first);
  expect(await idOf('6')).not.toBe(first);
});

it.each([
  [['--colour', 'blue'], '--colour'],
  [['extra'], 'extra'],
  [['--port', 'http'], '--port must be a whole number'],
  [['--tier', 'golden'], '--tier must be one of basic'],
  [['--shop-refresh', 'often'], '--shop-refresh must be one of strict'],
  [['--shops', '1001'], '--shops must be a whole number'],
  [['--accounts', '0'], '--accounts must be a whole number'],
])('refuses %j', async (args, message) => {
  await expect(runSandboxCommand(args, () => {})).rejects.toThrow(message);
});
