/** Errors as RFC 9457 problem documents. What is not one of ours says nothing of itself. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type ErrorCode, errorCodes, HubError } from '../../policy/errors.ts';
import type { ApiInstance } from '../instance.ts';

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string(),
    retryable: z.boolean(),
    requestId: z.string(),
    details: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. `code` is explained in docs/errors.md.' });
export type Problem = z.infer<typeof Problem>;

/** For the `response` of every route's schema. */
export const problemResponses = {
  '4xx': {
    description: 'A problem document.',
    content: { 'application/problem+json': { schema: Problem } },
  },
  '5xx': {
    description: 'A problem document.',
    content: { 'application/problem+json': { schema: Problem } },
  },
} as const;

const codesOfFastify: Readonly<Record<number, ErrorCode>> = {
  404: 'NOT_FOUND',
  406: 'NOT_ACCEPTABLE',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
};

/** Answers every error and every unknown address with a problem document. */
export function answerWithProblems(app: ApiInstance): void {
  app.setErrorHandler((error: FastifyError | HubError | Error, request, reply) => {
    if (error instanceof HubError) {
      if (errorCodes[error.code].status >= 500) request.log.error({ err: error });
      if (error.retryAfterMs !== undefined) {
        reply.header('retry-after', Math.ceil(error.retryAfterMs / 1000));
      }
      return send(reply, request, error.code, error.message, { details: error.details });
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const errors = error.validation.map((issue) => ({
        path: `${error.validationContext ?? 'request'}${issue.instancePath}`.replace(/\/$/, ''),
        message: issue.message ?? 'is not valid',
      }));
      return send(reply, request, 'REQUEST_INVALID', 'Correct what `errors` lists.', { errors });
    }
    const status = 'statusCode' in error ? error.statusCode : undefined;
    if (status !== undefined && status >= 400 && status < 500) {
      const code = codesOfFastify[status] ?? 'REQUEST_INVALID';
      return send(reply, request, code, errorCodes[code].meaning);
    }
    request.log.error({ err: error });
    return send(reply, request, 'INTERNAL', 'The log of the hub has the reason by `requestId`.');
  });
  app.setNotFoundHandler((request, reply) => {
    send(reply, request, 'NOT_FOUND', 'Nothing is at this address; /api/docs lists what is.');
  });
}

function send(
  reply: FastifyReply,
  request: FastifyRequest,
  code: ErrorCode,
  detail: string,
  more: Pick<Problem, 'details' | 'errors'> = {},
): FastifyReply {
  const { status, meaning, retryable } = errorCodes[code];
  const problem: Problem = {
    type: `urn:tkos-hub:error:${code}`,
    title: meaning,
    status,
    detail,
    code,
    retryable,
    requestId: request.id,
    ...(more.details && Object.keys(more.details).length > 0 ? { details: more.details } : {}),
    ...(more.errors ? { errors: more.errors } : {}),
  };
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // As text, so that no response schema of the route rewrites it.
  return reply.code(status).type('application/problem+json').send(JSON.stringify(problem));
}
