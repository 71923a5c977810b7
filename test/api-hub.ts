/**
 * The API on real parts for a test file: registry on PostgreSQL, keyring, warehouse. Workflows are a stub that
 * remembers what it was asked: their own tests show what they do.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightMyRequestResponse } from 'fastify';
import { Registry as MetricsRegistry } from 'prom-client';
import { buildApp } from '../api/app.ts';
import type { ApiDeps } from '../api/deps.ts';
import type { ApiInstance } from '../api/instance.ts';
import { createKeyring } from '../keyring/create.ts';
import { findParts } from '../main/parts.ts';
import { type GrantedAccount, sealContexts } from '../policy/seals.ts';
import { openRegistry } from '../registry/open.ts';
import type { Authorisation, Connection, Workspace } from '../registry/registry.ts';
import { openWarehouse } from '../warehouse/open.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';
import { createTestDatabase } from './databases.ts';

export const bearerToken = 'the-token-of-this-test';
export const authorization = `Bearer ${bearerToken}`;

export interface StubWorkflows extends WorkflowStarter {
  /** Calls in order, as `name id`. */
  readonly calls: string[];
  /** What a test replaces for itself. */
  readonly answers: Partial<WorkflowStarter>;
}

function stubWorkflows(): StubWorkflows {
  const calls: string[] = [];
  const answers: Partial<WorkflowStarter> = {};
  const call =
    <K extends keyof WorkflowStarter>(name: K) =>
    async (input?: unknown, ...more: unknown[]): Promise<void> => {
      calls.push(
        [name, ...[input, ...more].filter((part) => part !== undefined)].map(say).join(' '),
      );
      await (answers[name] as ((...input: unknown[]) => Promise<void>) | undefined)?.(
        input,
        ...more,
      );
    };
  return {
    calls,
    answers,
    connectAccount: call('connectAccount'),
    chooseAccounts: call('chooseAccounts'),
    syncConnection: call('syncConnection'),
    refresh: call('refresh'),
    wake: call('wake'),
    ordersChanged: call('ordersChanged'),
    pause: call('pause'),
    resume: call('resume'),
    progress: async (connectionId) => answers.progress?.(connectionId),
    renewAuthorisation: call('renewAuthorisation'),
    revokeConnection: call('revokeConnection'),
    revokeConfirmed: call('revokeConfirmed'),
    reconcileObligations: call('reconcileObligations'),
  };
}

const say = (part: unknown): string => (typeof part === 'string' ? part : JSON.stringify(part));

export interface ApiHub {
  readonly app: ApiInstance;
  readonly deps: ApiDeps & { metrics: MetricsRegistry };
  readonly workflows: StubWorkflows;
  readonly workspace: Workspace;
  readonly databaseUrl: string;
  /** Log lines so far. */
  readonly logs: string[];
  /** The clock of all parts. */
  readonly time: { offsetMs: number };
  /** With the token; answers that are JSON are not parsed here. */
  call(
    method: 'GET' | 'POST',
    url: string,
    options?: { payload?: object; headers?: Record<string, string> },
  ): Promise<LightMyRequestResponse>;
  authorise(accounts: readonly GrantedAccount[]): Promise<Authorisation>;
  connect(accountId: string, name?: string): Promise<Connection>;
  close(): Promise<void>;
}

export async function createApiHub(overrides: Partial<ApiDeps> = {}): Promise<ApiHub> {
  const folder = await mkdtemp(join(tmpdir(), 'hub-api-'));
  const database = await createTestDatabase();
  const workflows = stubWorkflows();
  const logs: string[] = [];
  const time = { offsetMs: 0 };
  const clock = { now: () => new Date(Date.now() + time.offsetMs) };
  const keyring = await createKeyring({
    dirs: [join(folder, 'keys-a'), join(folder, 'keys-b')],
    masterKey: randomBytes(32),
    clock,
  });
  const registry = await openRegistry({ databaseUrl: database.url, clock });
  const warehouse = await openWarehouse({
    folder: join(folder, 'warehouse'),
    landingFolder: join(folder, 'landing'),
    quarantineFolder: join(folder, 'quarantine'),
    spillFolder: join(folder, 'spill'),
    httpfs: findParts().httpfs,
    keyring,
    clock,
    memoryLimitMb: 512,
    threads: 2,
    attachedFilesMax: 10,
  });
  const deps = {
    registry,
    warehouse,
    keyring,
    workflows,
    clock,
    realTime: clock,
    bearerToken,
    tiktokAds: {
      consentUrl: ({ state, redirectUri }: { state: string; redirectUri: string }) =>
        `https://tiktok.example/auth?${new URLSearchParams({ state, redirect_uri: redirectUri })}`,
    },
    tiktokShop: {
      consentUrl: ({ state }: { state: string }) =>
        `https://shop.tiktok.example/authorize?${new URLSearchParams({ state })}`,
    },
    readPicture: async () => undefined,
    demo: false,
    publicUrl: new URL('http://localhost:3000/'),
    health: async () => ({ ready: true, parts: [{ name: 'postgresql', ready: true }] }),
    metrics: new MetricsRegistry(),
    logger: { level: 'info', stream: { write: (line: string) => logs.push(line) } },
    ...overrides,
  };
  const app = await buildApp(deps);
  const workspace = await registry.workspaces.create('Test');

  const authorise = async (accounts: readonly GrantedAccount[]): Promise<Authorisation> => {
    const id = randomUUID();
    const key = await keyring.ensure('authorisation', id);
    const seal = (context: string, text: string): Promise<Buffer> =>
      keyring.seal([key], context, Buffer.from(text));
    const sealedCode = await seal(sealContexts.authorisationCode(id), 'code');
    await registry.authorisations.create({
      id,
      workspaceId: workspace.id,
      platform: 'tiktok-ads',
      sealedCode,
    });
    await registry.authorisations.activate(id, {
      scopes: ['4', '200'],
      sealedToken: await seal(sealContexts.authorisationToken(id), 'token'),
      sealedAccounts: await seal(sealContexts.authorisationAccounts(id), JSON.stringify(accounts)),
    });
    return (await registry.authorisations.find(id))!;
  };
  return {
    app,
    deps,
    workflows,
    workspace,
    databaseUrl: database.url,
    logs,
    time,
    call: (method, url, { payload, headers } = {}) =>
      app.inject({
        method,
        url,
        headers: { authorization, ...headers },
        ...(payload ? { payload } : {}),
      }),
    authorise,
    async connect(accountId, name = 'An account') {
      const authorisation = await authorise([{ accountId, name }]);
      const id = randomUUID();
      const key = await keyring.ensure('connection', id);
      const connection = await registry.connections.open({
        id,
        workspaceId: workspace.id,
        authorisationId: authorisation.id,
        platform: 'tiktok-ads',
        accountId,
        sealedName: await keyring.seal(
          [key],
          sealContexts.connectionName(id),
          Buffer.from(name, 'utf8'),
        ),
      });
      await warehouse.create(id);
      return connection;
    },
    async close() {
      await app.close();
      await warehouse.close();
      await registry.close();
      await keyring.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
