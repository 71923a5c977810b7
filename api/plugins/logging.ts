/**
 * What a log line may say of a request: its method, its route as declared, its status. No address with its query,
 * no header, no remote address; of a foreign error its kind and where it was thrown, as its message may quote a row.
 */
import type { FastifyRequest, FastifyServerOptions } from 'fastify';
import { HubError } from '../../policy/errors.ts';
import type { ApiDeps } from '../deps.ts';

const causesMax = 3;

function describe(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const code = (error as { code?: unknown }).code;
  return {
    kind: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error instanceof HubError ? { message: error.message, ...error.details } : {}),
    at: (error.stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .map((line) => line.trim()),
    ...(error.cause !== undefined && depth < causesMax
      ? { cause: describe(error.cause, depth + 1) }
      : {}),
  };
}

/** Fastify's logger option. */
export function loggerOptions(logger: ApiDeps['logger']): FastifyServerOptions['logger'] {
  if (logger === false) return false;
  return {
    level: logger.level,
    ...(logger.stream ? { stream: logger.stream } : {}),
    redact: { paths: ['*.authorization', '*.cookie', 'req.headers', 'req.query'], remove: true },
    hooks: {
      logMethod(input, method) {
        const [first, message] = input as unknown as [unknown, unknown];
        // Without a message of its own, a line with an error would take the error's.
        if (message === undefined && typeof first === 'object' && first !== null) {
          return method.call(this, first instanceof Error ? { err: first } : first, 'Failed');
        }
        return method.apply(this, input);
      },
    },
    serializers: {
      req: (request: FastifyRequest) => ({
        method: request.method,
        route: request.routeOptions?.url ?? 'none',
      }),
      res: (reply: { statusCode?: number }) => ({ statusCode: reply.statusCode }),
      err: (error: unknown) => describe(error) as never,
    },
  };
}
