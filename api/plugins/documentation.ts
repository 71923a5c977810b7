/** OpenAPI from the routes' own schemas, and Swagger UI at /api/docs. */
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { Access, ApiInstance } from '../instance.ts';

/** Must be registered before the routes that it describes. */
export async function documentRoutes(app: ApiInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'TKOS Hub',
        version: '1',
        description: 'Connections to TikTok, their progress and completeness, and reports.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: '__Host-session' },
        },
      },
    },
    transform: (input) => {
      const transformed = jsonSchemaTransform(input);
      const access = input.route.config?.access;
      const scheme = access === 'bearer' ? 'bearer' : 'session';
      const security = access === 'public' ? [] : [{ [scheme]: [] }];
      return { ...transformed, schema: { ...transformed.schema, security } };
    },
    transformObject: (input) => {
      const document = jsonSchemaTransformObject(input);
      if ('components' in document) dropUnused(document.components?.schemas ?? {}, document.paths);
      return document;
    },
  });
}

/** The transform names each schema twice, as input and as output; what no route refers to is left out. */
function dropUnused(schemas: Record<string, unknown>, paths: unknown): void {
  const used = JSON.stringify(paths);
  for (const name of Object.keys(schemas)) {
    if (!used.includes(`"#/components/schemas/${name}"`)) delete schemas[name];
  }
}

/** Registered after the routes. Its scripts and styles are files of this hub: no inline script is allowed. */
export async function serveDocumentation(app: ApiInstance, access: Access): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access };
    });
    await scope.register(swaggerUi, {
      routePrefix: '/api/docs',
      staticCSP: [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      uiConfig: { validatorUrl: null },
    });
  });
}
