/**
 * What must be true before the first row is written: files are really encrypted, and DuckDB cannot
 * reach out.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { HubError } from '../policy/errors.ts';
import { type Engine, type EngineOptions, openEngine, quoteText, rowsOf } from './engine.ts';

export async function selfTest(engine: Engine, options: EngineOptions): Promise<void> {
  await provesEncryption(options);
  await provesNoNetwork(engine);
}

/**
 * Writes a random text into an encrypted file and looks for it in the bytes. Compression would hide
 * it even from a plain file, so it is off, and a plain file must show it: else the search proves
 * nothing.
 */
async function provesEncryption(options: EngineOptions): Promise<void> {
  const folder = await mkdtemp(join(options.spillFolder, 'self-test-'));
  // An instance of its own: compression is a setting of the whole instance.
  const scratch = await openEngine({ ...options, spillFolder: join(folder, 'spill') });
  const canary = randomUUID();
  const write = (file: string, clauses: string, values: string[]): Promise<void> =>
    scratch.using(async (connection) => {
      const attach = `attach ${quoteText(join(folder, file))} as scratch (${clauses})`;
      await connection.run(attach, values);
      await connection.run('create table scratch.proof as select $1 as canary from range(100)', [
        canary,
      ]);
      await connection.run('detach scratch');
      await connection.run(attach, values);
      const rows = await rowsOf(connection, 'select distinct canary from scratch.proof');
      await connection.run('detach scratch');
      if (rows[0]?.canary !== canary) fail('a scratch file does not give back what was written');
    });
  const holdsCanary = async (file: string): Promise<boolean> =>
    (await readFile(join(folder, file))).includes(canary);
  try {
    await scratch.using((connection) => connection.run(`set force_compression = 'uncompressed'`));
    const version = `STORAGE_VERSION 'v1.5.0'`;
    await write('plain.duckdb', version, []);
    const key = randomBytes(32).toString('base64');
    await write('encrypted.duckdb', `ENCRYPTION_KEY $1, ${version}`, [key]);
    if (!(await holdsCanary('plain.duckdb'))) fail('the search for plaintext finds nothing at all');
    if (await holdsCanary('encrypted.duckdb')) fail('an encrypted file holds plaintext');
  } finally {
    scratch.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Asks DuckDB for a page of a listener of our own: it must be refused, and the listener never
 * asked.
 */
async function provesNoNetwork(engine: Engine): Promise<void> {
  let contacted = false;
  const listener = createServer((socket) => {
    contacted = true;
    socket.destroy();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  try {
    const refused = await engine.using((connection) =>
      connection.run(`select * from read_csv('http://127.0.0.1:${port}/canary.csv')`).then(
        () => false,
        (error: Error) => error.message.includes('disabled by configuration'),
      ),
    );
    if (!refused || contacted) fail('DuckDB can reach the network');
  } finally {
    await new Promise((resolve) => listener.close(resolve));
  }
}

function fail(what: string): never {
  throw new HubError(
    'WAREHOUSE_UNSAFE',
    `The warehouse refuses to start: ${what}. Check the httpfs extension, then start again.`,
  );
}
