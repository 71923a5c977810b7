/** `hub audit verify [--head <number>:<hash>]`: recomputes the chain of the audit trail, also beside a running hub. */
import { join } from 'node:path';
import { HubError } from '../policy/errors.ts';
import { type AuditHead, verifyAuditTrail } from '../registry/trails/verify.ts';
import { readConfig } from './config.ts';
import { keptPostgresUrl } from './embedded/postgres.ts';

export default async function auditCommand(args: readonly string[]): Promise<void> {
  const earlier = readArguments(args);
  const { databaseUrl, dataFolder } = readConfig();
  const url = databaseUrl?.reveal() ?? (await keptPostgresUrl(join(dataFolder, 'postgres')));
  const { entries, head, broken } = await verifyAuditTrail(url, earlier);
  if (broken !== null) {
    console.error(`The audit trail does not hold at entry ${broken.sequence}: ${broken.why}.`);
    console.error(`${entries} entries before it hold.`);
    process.exitCode = 1;
    return;
  }
  console.log(`${entries} entries hold. Keep the head elsewhere, and give it to the next check:`);
  console.log(`--head ${head.sequence}:${head.hash}`);
}

function readArguments([verb, flag, value, ...rest]: readonly string[]): AuditHead | undefined {
  const given = /^(\d{1,15}):([0-9a-f]{64})$/.exec(value ?? '');
  const isKnown = verb === 'verify' && (flag === undefined || (flag === '--head' && given));
  if (!isKnown || rest.length > 0) {
    throw new HubError(
      'CONFIGURATION_INVALID',
      'Usage: npm run hub -- audit verify [--head <number>:<hash>]',
    );
  }
  return given ? { sequence: Number(given[1]), hash: given[2]! } : undefined;
}
