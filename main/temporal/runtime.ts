import {
  type LogLevel,
  type LogMetadata,
  makeTelemetryFilterString,
  Runtime,
} from '@temporalio/worker';

/** Receives a line of the hub's log: names, random ids and codes only. */
export type HubLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

/** What Temporal's own log may say besides its message. Texts of failures may quote what they failed on. */
const fieldsKept = [
  'workflowType',
  'workflowId',
  'activityType',
  'activityId',
  'attempt',
  'taskQueue',
  'connectionId',
  'reason',
  'durationMs',
];

let installed = false;

/** Before the first worker; the first log given in a process is its log: Temporal's log goes to ours, without the texts of failures. */
export function installTemporalLog(log: HubLog): void {
  if (installed) return;
  installed = true;
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    if (level !== 'WARN' && level !== 'ERROR') return;
    // Each queue has a worker of one kind: not polling for the others is meant.
    if (/^No \w+( services)? registered/.test(message)) return;
    const fields: Record<string, unknown> = {};
    for (const name of fieldsKept) if (meta?.[name] !== undefined) fields[name] = meta[name];
    const code = failureType(meta?.error);
    if (code !== undefined) fields.error = code;
    log(level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'info', message, fields);
  };
  Runtime.install({
    logger: {
      log: write,
      // Rates and retries are Temporal's daily life; only what needs a person is told.
      trace: () => {},
      debug: () => {},
      info: () => {},
      warn: (message, meta) => write('WARN', message, meta),
      error: (message, meta) => write('ERROR', message, meta),
    },
    telemetryOptions: {
      logging: {
        forward: {},
        filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }),
      },
    },
  });
}

function failureType(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return (error as { type?: string }).type ?? error.name;
}
