/** Fastify with zod types, and the access that each route must declare. */
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';

/** `session`: a person who is signed in; `session-begun`: one whose second factor may still be missing. */
export type Access = 'bearer' | 'public' | 'session' | 'session-begun';

/** Who is signed in. */
export interface SignedInAccount {
  readonly id: string;
  readonly sessionId: string;
  /** The second factor was shown. */
  readonly isConfirmed: boolean;
  readonly provedAt: Date;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Of a session that lives; null without one, and on public routes. */
    account: SignedInAccount | null;
  }
  interface FastifyContextConfig {
    /** Who may call. A route without it fails the start. */
    access?: Access;
  }
}

export type ApiInstance = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;
