/** PostgreSQL and the Temporal server of one machine, unless the configuration names others. */
import { join } from 'node:path';
import { startPostgres } from './postgres.ts';
import type { LineLog, RunningService } from './processes.ts';
import { createSupervisor, type ServiceState, type SupervisedService } from './supervisor.ts';
import { startTemporalServer } from './temporal-server.ts';

export interface EmbeddedServicesOptions {
  folders: { postgres: string; temporal: string };
  /** The `temporal` program (see `main/parts.ts`). */
  temporalCli: string;
  /** Services that run elsewhere are neither started nor watched. */
  databaseUrl?: string;
  temporalAddress?: string;
  log: (name: string, line: string) => void;
  onState?: (name: string, state: ServiceState) => void;
}

export interface EmbeddedServices {
  start(): Promise<{ databaseUrl: string; temporalAddress: string }>;
  stop(): Promise<void>;
  states(): Readonly<Record<string, ServiceState>>;
}

export function createEmbeddedServices(options: EmbeddedServicesOptions): EmbeddedServices {
  let { databaseUrl, temporalAddress } = options;
  const { folders, temporalCli: binary } = options;
  const services: SupervisedService[] = [];
  if (databaseUrl === undefined) {
    services.push(
      atOnePort('postgres', options, async (port, log) => {
        const postgres = await startPostgres({ folder: folders.postgres, port, log });
        databaseUrl = postgres.url;
        return { ...postgres, port: Number(new URL(postgres.url).port) };
      }),
    );
  }
  if (temporalAddress === undefined) {
    const file = join(folders.temporal, 'temporal.db');
    services.push(
      atOnePort('temporal', options, async (port, log) => {
        const server = await startTemporalServer({ file, port, log, binary });
        temporalAddress = server.address;
        return { ...server, port: Number(server.address.split(':')[1]) };
      }),
    );
  }
  const supervisor = createSupervisor({
    services,
    log: (line) => options.log('supervisor', line),
    onState: options.onState,
  });
  return {
    async start() {
      await supervisor.start();
      return { databaseUrl: databaseUrl!, temporalAddress: temporalAddress! };
    },
    stop: () => supervisor.stop(),
    states: () => supervisor.states(),
  };
}

/** Insists on the first start's port, since clients keep the address. */
function atOnePort(
  name: string,
  options: Pick<EmbeddedServicesOptions, 'log'>,
  start: (port: number | undefined, log: LineLog) => Promise<RunningService & { port: number }>,
): SupervisedService {
  let port: number | undefined;
  return {
    name,
    async start() {
      const running = await start(port, (line) => options.log(name, line));
      port = running.port;
      return running;
    },
  };
}
