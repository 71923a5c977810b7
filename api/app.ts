/** The HTTP face of the hub: `buildApp` knows no port and no environment, so tests inject into what `main/` listens with. */
import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { AccountDeps, ApiDeps } from './deps.ts';
import type { ApiInstance } from './instance.ts';
import { measureRequests } from './metrics.ts';
import { requireAccess } from './plugins/access.ts';
import { recordActivity } from './plugins/activity.ts';
import { documentRoutes, serveDocumentation } from './plugins/documentation.ts';
import { answerWithProblems } from './plugins/errors.ts';
import { loggerOptions } from './plugins/logging.ts';
import { requireOwnOrigin } from './plugins/origin.ts';
import { findSession } from './plugins/session.ts';
import { accountRoutes } from './routes/account/routes.ts';
import { authorisationRoutes } from './routes/authorisations/routes.ts';
import { callbackRoutes } from './routes/callbacks/routes.ts';
import { connectionRoutes } from './routes/connections/routes.ts';
import { demoClockRoutes } from './routes/demo-clock/routes.ts';
import { eventRoutes } from './routes/events/routes.ts';
import { healthRoutes } from './routes/health/routes.ts';
import { oauthCallbackRoutes } from './routes/oauth-callback/routes.ts';
import { orderRoutes } from './routes/orders/routes.ts';
import { passwordResetRoutes } from './routes/password-resets/routes.ts';
import { pictureRoutes } from './routes/pictures/routes.ts';
import { productRoutes } from './routes/products/routes.ts';
import { reportRoutes } from './routes/reports/routes.ts';
import { sessionRoutes } from './routes/sessions/routes.ts';
import { signUpRoutes } from './routes/sign-up/routes.ts';
import { streamRoutes } from './routes/streams/routes.ts';
import { taskRoutes } from './routes/tasks/routes.ts';
import { trailRoutes } from './routes/trails/routes.ts';
import { workspaceRoutes } from './routes/workspaces/routes.ts';

/** No body of this API is longer than a few thousand ids. */
const bodyBytesMax = 256 * 1024;
/** Time to send a whole request; bodies are small, so only a broken or hostile client needs more. */
const requestTimeoutMs = 15_000;
/** A socket without traffic: above the longest answer, a report's spooling or a revocation's 45 seconds. */
const idleTimeoutMs = 120_000;

const systemTime = { now: () => new Date() };

/** Builds the API. The caller listens, and closes. */
export async function buildApp(deps: ApiDeps): Promise<ApiInstance> {
  const app: ApiInstance = fastify({
    logger: loggerOptions(deps.logger),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    routerOptions: { maxParamLength: 100 },
    // Request ids of callers could be persons; the hub makes its own.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.removeContentTypeParser('text/plain');

  answerWithProblems(app);
  requireOwnOrigin(app, deps.publicUrl);
  await app.register(cookie);
  const accountDeps: AccountDeps = { ...deps, realTime: deps.realTime ?? systemTime };
  findSession(app, accountDeps);
  requireAccess(app, deps.bearerToken);
  if (deps.metrics) measureRequests(app, deps.metrics);
  await app.register(helmet, securityHeaders(deps.publicUrl.protocol === 'https:'));
  await documentRoutes(app);
  recordActivity(app, deps);

  healthRoutes(app, deps);
  signUpRoutes(app, deps);
  sessionRoutes(app, accountDeps);
  accountRoutes(app, accountDeps);
  passwordResetRoutes(app, deps);
  workspaceRoutes(app, deps);
  authorisationRoutes(app, deps);
  oauthCallbackRoutes(app, deps);
  callbackRoutes(app, deps);
  eventRoutes(app, deps);
  connectionRoutes(app, deps);
  streamRoutes(app);
  orderRoutes(app, deps);
  productRoutes(app, deps);
  pictureRoutes(app, deps);
  reportRoutes(app, deps);
  taskRoutes(app, deps);
  trailRoutes(app, deps);
  demoClockRoutes(app, deps);
  // Whoever opens the hub's address finds what it offers.
  app.get('/', { config: { access: 'public' }, schema: { hide: true } }, (_request, reply) =>
    reply.redirect('/api/docs'),
  );
  await serveDocumentation(app, deps.demo ? 'public' : 'bearer');
  return app;
}

/** Pages of this API load nothing; the documentation sets its own policy. */
function securityHeaders(isSecure: boolean) {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isSecure && { maxAge: 31_536_000, includeSubDomains: false },
    crossOriginResourcePolicy: { policy: 'same-origin' as const },
  };
}
