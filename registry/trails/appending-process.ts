/** A process that appends to the audit trail from several places at once, for tests of one chain. */
import { openRegistry } from '../open.ts';

const [databaseUrl = '', writers = '', each = '', account = ''] = process.argv.slice(2);

const registry = await openRegistry({ databaseUrl, clock: { now: () => new Date() } });
const append = async (writer: number): Promise<void> => {
  for (let nth = 0; nth < Number(each); nth += 1) {
    await registry.audit.append({
      actorId: `${account}-${writer}`,
      act: 'account-data-read',
      subjectId: `${account}-${nth}`,
      reason: 'support',
    });
  }
};
await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => append(writer)));
await registry.close();
