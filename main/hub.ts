/** `npm run hub -- <command>`: one file a command, found here. */
import { HubError } from '../policy/errors.ts';

type Command = (args: readonly string[]) => Promise<void>;

const commands: Record<string, { does: string; load: () => Promise<{ default: Command }> }> = {
  start: { does: 'runs the hub with all its services', load: () => import('./start.ts') },
  demo: { does: 'does the main job once and proves its figures', load: () => import('./demo.ts') },
  sandbox: { does: 'runs our own TikTok alone', load: () => import('./sandbox.ts') },
  migrate: { does: 'brings the registry’s schema up to date', load: () => import('./migrate.ts') },
  audit: { does: 'verifies the audit trail', load: () => import('./audit.ts') },
};

async function main(): Promise<void> {
  const [name, ...args] = process.argv.slice(2);
  const command = name === undefined ? undefined : commands[name];
  if (command === undefined) {
    const list = Object.entries(commands).map(([key, { does }]) => `  ${key.padEnd(8)} ${does}`);
    console.error(`Usage: npm run hub -- <command>\n${list.join('\n')}`);
    process.exitCode = 2;
    return;
  }
  const { default: run } = await command.load();
  await run(args);
}

main().catch((error: unknown) => {
  if (error instanceof HubError) console.error(`${error.message}\n(${error.code})`);
  else console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exit(1);
});
