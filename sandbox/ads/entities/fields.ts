/** The parameter `fields`, checked against the documented names, and the records cut to it. */
import { badParameter } from '../answers.ts';
import type { Parameters } from '../parameters.ts';
import { documentedFields } from './documented-fields.ts';

export type FieldLevel = keyof typeof documentedFields;

export function readFields(parameters: Parameters, level: FieldLevel): readonly string[] | null {
  const fields = parameters.list('fields');
  if (!fields || fields.length === 0) return null;
  const unknown = fields.filter((field) => !documentedFields[level].has(field));
  if (unknown.length > 0) throw badParameter(`fields: Unknown fields ${unknown.join(', ')}.`);
  return fields;
}

export function project(
  record: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    fields.filter((field) => field in record).map((field) => [field, record[field]]),
  );
}

export function withoutNulls(
  record: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));
}
