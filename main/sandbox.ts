/** `hub sandbox`: our own TikTok alone. Its flags are explained when one is wrong. */
import { HubError } from '../policy/errors.ts';
import { runSandboxCommand } from '../sandbox/command.ts';

export default async function sandbox(args: readonly string[]): Promise<void> {
  try {
    const running = await runSandboxCommand([...args], (line) => console.log(line));
    const stop = (): void => void running.close().then(() => process.exit(0));
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    throw new HubError('CONFIGURATION_INVALID', cause.message, { cause });
  }
}
