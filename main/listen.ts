import fastify, { type FastifyInstance } from 'fastify';
import { HubError } from '../policy/errors.ts';

/** Loopback only, by IPv4 and IPv6. Throws `CONFIGURATION_INVALID` when the port is taken. */
export async function listen(
  app: Pick<FastifyInstance, 'listen'>,
  port: number,
  setting: string,
): Promise<void> {
  try {
    await app.listen({ host: 'localhost', port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new HubError(
      'CONFIGURATION_INVALID',
      `Port ${port} is taken. Free it, or choose another with ${setting}.`,
      { cause },
    );
  }
}

/** Told before anything is started that would have to be stopped again. */
export async function requireFreePorts(ports: Readonly<Record<string, number>>): Promise<void> {
  for (const [setting, port] of Object.entries(ports)) {
    const probe = fastify();
    try {
      await listen(probe, port, setting);
    } finally {
      await probe.close();
    }
  }
}
