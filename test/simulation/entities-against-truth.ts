/** Holds campaigns, ad groups, ads and the account itself against the sandbox's records, field for field. */
import { personalCategories } from '../../policy/categories.ts';
import type { Stream } from '../../policy/stream.ts';
import type { EntityLevel } from '../../sandbox/world.ts';
import type { TextRow } from '../facts-file.ts';
import { expectedRow, keyOf, parseExactly, storedRow } from '../sent-values.ts';
import type { Question } from './against-truth.ts';

const levels: Readonly<Record<string, EntityLevel>> = {
  campaigns: 'campaign',
  ad_groups: 'adgroup',
  ads: 'ad',
};

/** Keys with what is wrong: `missing`, `differs`, `not there`, `deleted` (known as that, or not, against the truth). */
export async function holdEntitiesAgainstTruth(question: Question): Promise<string[]> {
  const { file, stream, asOf } = question;
  const pulls = (await file.pulls(stream)).filter(({ pulledAt }) => !asOf || pulledAt <= asOf);
  const text = textOf(stream);
  const expected = expectedRecords(question, pulls.at(-1)!.pulledAt);
  const wrong: string[] = [];
  for (const row of await file.rows(stream, asOf)) {
    const key = keyOf(stream, row);
    const record = expected.get(key);
    expected.delete(key);
    if (record === undefined) wrong.push(`${key}: not there`);
    else if ((row.deleted_at !== null) !== record.deleted) wrong.push(`${key}: deleted`);
    else if (text(storedRow(stream, row), asOf) !== text(record.row, asOf)) {
      wrong.push(`${key}: differs`);
    }
  }
  return [...wrong, ...[...expected.keys()].map((key) => `${key}: missing`)];
}

/** What can be about a person is kept in the newest version only. */
const textOf = (stream: Stream) => {
  const personal = stream.fields.filter(({ category }) => personalCategories.has(category));
  const names = new Set(personal.map(({ name }) => name));
  return (row: TextRow, asOf: Date | undefined): string =>
    JSON.stringify(row, (name, value) => (asOf && names.has(name) ? undefined : value));
};

function expectedRecords({ world, connection, stream }: Question, now: Date) {
  const { accountId } = connection;
  const level = levels[stream.name];
  const records =
    level === undefined
      ? world.accounts
          .filter(({ advertiserId }) => advertiserId === accountId)
          .map(({ record }) => ({ record, deleted: false }))
      : world.entities(level, accountId, now);
  return new Map(
    records.map(({ record, deleted }) => {
      const row = expectedRow(stream, parseExactly(JSON.stringify(record)));
      return [keyOf(stream, row), { deleted, row }];
    }),
  );
}
