import {type Field, type FieldPath, fields} from './fields.ts';
import type {Report} from './types.ts';

/** The report without these optional fields. What is given is not changed. */
export function withoutFields(report: Report, omit: ReadonlySet<FieldPath>): Report {
  if (omit.size === 0) return report;
  const {nodes, ...rest} = pick(report, '', omit) as unknown as Report;
  return nodes === undefined ? rest : {...rest, nodes: nodes.map((node) => pick(node, 'nodes.', omit))};
}

function pick<T extends object>(object: T, prefix: '' | 'nodes.', omit: ReadonlySet<string>): T {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !omit.has(`${prefix}${key}`))) as T;
}

/**
 * The fields of the table that a program of this version did not know.
 *
 * @param version as a report has it: `v0.1.0+seldon-usage`; of anything else every field is newer
 * @param table for tests of fields that do not exist yet
 */
export function fieldsNewerThan(
  version: string,
  table: readonly Pick<Field, 'path' | 'since'>[] = fields,
): FieldPath[] {
  const known = numbers(version);
  return table.filter(({since}) => isNewer(numbers(since)!, known)).map(({path}) => path as FieldPath);
}

function numbers(version: string): readonly number[] | undefined {
  const [, ...parts] = /^v?(\d+)\.(\d+)\.(\d+)(?![\d.])/.exec(version) ?? [];
  return parts.length === 3 ? parts.map(Number) : undefined;
}

function isNewer(since: readonly number[], known: readonly number[] | undefined): boolean {
  if (!known) return true;
  const at = since.findIndex((part, i) => part !== known[i]);
  return at >= 0 && since[at]! > known[at]!;
}

/** Whether a field of the table is part of another one: `nodes.capacity.value` of `nodes`. */
export function isWithin(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}.`);
}

/** Names that `--omit` would leave out with these: a list goes with all that is in it. */
export function fieldsWithout(omit: Iterable<string>): FieldPath[] {
  const gone = [...omit];
  return fields.map(({path}) => path).filter((path) => !gone.some((one) => isWithin(path, one)));
}
