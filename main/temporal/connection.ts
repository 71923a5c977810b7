/** How this process reaches Temporal: one client, one connection for workers, one namespace, everything sealed. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { Keyring } from '../../keyring/keyring.ts';
import { createSealingCodec } from './codec.ts';
import { registerNamespace } from './namespace.ts';

export const failureConverterPath = fileURLToPath(new URL('failure-converter.ts', import.meta.url));

export interface TemporalOptions {
  /** `host:port`. */
  readonly address: string;
  readonly namespace?: string;
  readonly keyring: Pick<Keyring, 'ensure' | 'seal' | 'unseal'>;
}

export interface TemporalLink {
  readonly client: Client;
  readonly connection: Connection;
  readonly workers: NativeConnection;
  readonly namespace: string;
  readonly dataConverter: DataConverter;
  /** Registers the namespace where the store does not know it: at the start, and after the store was lost. */
  registerNamespace(): Promise<void>;
  close(): Promise<void>;
}

export async function connectTemporal(options: TemporalOptions): Promise<TemporalLink> {
  const { address, namespace = 'hub', keyring } = options;
  const codec = await createSealingCodec(keyring);
  const dataConverter: DataConverter = { payloadCodecs: [codec], failureConverterPath };
  const connection = await Connection.connect({ address });
  try {
    await registerNamespace(connection, namespace);
    const workers = await NativeConnection.connect({ address });
    return {
      client: new Client({ connection, namespace, dataConverter }),
      connection,
      workers,
      namespace,
      dataConverter,
      registerNamespace: () => registerNamespace(connection, namespace),
      async close() {
        await workers.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
