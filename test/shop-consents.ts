/** Consents to the sandbox's shops on real registry, keys and client, without workflows: tests of tokens. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import {
  type ConnectAccountDeps,
  createConnectAccountActivities,
} from '../activities/connect-account.ts';
import { createRenewAuthorisationActivities } from '../activities/renew-authorisation.ts';
import { type CallContext, callForConnection } from '../activities/tiktok-call.ts';
import { createEgress } from '../connectors/egress.ts';
import { createTikTokShopClient, type TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import { createKeyring } from '../keyring/create.ts';
import { sealContexts } from '../policy/seals.ts';
import { openRegistry } from '../registry/open.ts';
import type { Authorisation, Connection, Registry } from '../registry/registry.ts';
import { allShopScopes } from '../sandbox/shop/access/scopes.ts';
import {
  type ShopSandbox,
  type ShopSandboxOptions,
  startShopSandbox,
} from '../sandbox/shop/shop-client.ts';
import type { RenewAuthorisationResult } from '../workflows/renew-authorisation/contract.ts';
import { createTestDatabase } from './databases.ts';

export const shopsPath = '/authorization/202309/shops';
export const refreshPath = '/api/v2/token/refresh';
export const dayMs = 86_400_000;

/** Failures that a test asks for are not told. */
const quiet = { logger: new DefaultLogger('ERROR') };

/** One process of the hub, as far as tokens are concerned. */
export interface TokenHolder {
  readonly registry: Registry;
  readonly deps: ConnectAccountDeps;
  renew(authorisationId: string): Promise<RenewAuthorisationResult['outcome']>;
  /** A call to a shop; by default for its list of shops. */
  call<T = unknown>(
    connection: Connection,
    work?: (context: CallContext) => Promise<T>,
  ): Promise<T>;
}

export interface ShopConsents extends TokenHolder {
  readonly sandbox: ShopSandbox;
  readonly client: TikTokShopClient;
  /** Authorisations for which a renewal was asked at once. */
  readonly asked: string[];
  readonly dead: string[];
  workspace(): Promise<string>;
  /** Consent of the first seller, as after TikTok's redirect. */
  consent(
    workspaceId: string,
  ): Promise<{ authorisation: Authorisation; connections: Connection[] }>;
  /** Another process on the same registry. */
  another(): Promise<TokenHolder>;
  authorisation(id: string): Promise<Authorisation>;
  /** How often the sandbox was asked for that path. */
  requests(path: string): number;
  close(): Promise<void>;
}

export async function startShopConsents(options: ShopSandboxOptions = {}): Promise<ShopConsents> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hub-tokens-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const database = await createTestDatabase();
  opened.defer(() => database.drop());
  const sandbox = await startShopSandbox({ products: 4, ...options });
  opened.defer(() => sandbox.close());
  const { clock, app } = sandbox.face;
  const { origin } = sandbox.sandbox;
  const dirs: [string, string] = [join(folder, 'a'), join(folder, 'b')];
  const keyring = await createKeyring({ dirs, masterKey: randomBytes(32), clock });
  opened.defer(() => keyring.close());
  const egress = createEgress({ allowedHosts: [], exactOrigin: origin });
  opened.defer(() => egress.close());
  const client = createTikTokShopClient({
    ...{ egress, clock, apiUrl: origin, authUrl: origin, servicesUrl: origin, ...app },
  });
  opened.defer(() => client.close());
  const asked: string[] = [];
  const dead: string[] = [];
  const processes: Registry[] = [];
  opened.defer(async () => {
    for (const registry of processes) await registry.close();
  });

  const another = async (): Promise<TokenHolder> => {
    const registry = await openRegistry({ databaseUrl: database.url, clock });
    processes.push(registry);
    const deps = {
      ...{ registry, keyring, clock, appId: 'none', shopClient: client },
      renewAuthorisation: async (id: string) => void asked.push(id),
      onAuthorisationDead: async (id: string) => void dead.push(id),
      warehouse: { create: async () => {} },
      client: { exchangeAuthCode: none, listAdvertisers: none },
    };
    const { renewToken, reportDead } = createRenewAuthorisationActivities(deps);
    const run = <A, R>(activity: (input: A) => Promise<R>, input: A): Promise<R> =>
      new MockActivityEnvironment({}, quiet).run(activity, input);
    return {
      ...{ registry, deps },
      async renew(authorisationId) {
        const { outcome } = await run(renewToken, { authorisationId });
        if (outcome === 'dead') await run(reportDead, { authorisationId });
        return outcome;
      },
      call: <T>({ id: connectionId, epoch }: Connection, work = listShops<T>(client)) =>
        run(
          (call: Parameters<typeof callForConnection>[1]) => callForConnection(deps, call, work),
          { connectionId, epoch, endpoint: shopsPath },
        ),
    };
  };
  const one = await another();
  const { registry, deps } = one;
  const authorisation = async (id: string) => (await registry.authorisations.find(id))!;

  async function consent(workspaceId: string) {
    const authorisationId = randomUUID();
    const seller = sandbox.face.world.sellers[0]!;
    const code = sandbox.face.authorisations.issueCode(seller.id, allShopScopes);
    const key = await keyring.ensure('authorisation', authorisationId);
    const context = sealContexts.authorisationCode(authorisationId);
    await registry.authorisations.create({
      ...{ id: authorisationId, workspaceId, platform: 'tiktok-shop' },
      sealedCode: await keyring.seal([key], context, Buffer.from(code)),
    });
    const activities = createConnectAccountActivities(deps);
    const run = <A, R>(activity: (input: A) => Promise<R>, input: A): Promise<R> =>
      new MockActivityEnvironment({}, quiet).run(activity, input);
    await run(activities.exchangeAuthCode, { authorisationId });
    await run(activities.listAccounts, { authorisationId });
    await run(activities.openConnections, { authorisationId, accountIds: null });
    const connections = await registry.connections.list({ authorisationId });
    return { authorisation: await authorisation(authorisationId), connections };
  }

  const closing = opened.move();
  return {
    ...one,
    ...{ sandbox, client, asked, dead, another, consent, authorisation },
    workspace: async () => (await registry.workspaces.create('Workspace')).id,
    requests: (path) =>
      sandbox.face.requests.since(0).filter((request) => request.path === path).length,
    close: () => closing.disposeAsync(),
  };
}

const listShops =
  <T>(client: TikTokShopClient) =>
  ({ accessToken, signal }: CallContext): Promise<T> =>
    client.listShops(accessToken, signal) as Promise<T>;

const none = (): never => {
  throw new Error('No ads here.');
};
