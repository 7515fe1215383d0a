import {type Field, fieldName, fieldsOf} from './fields.ts';
import type {Report} from './types.ts';

/** Something that keeps a value from being a report. */
export interface Problem {
  /** Where it is: `nodes[3].capacity[0].value`; empty for the report as a whole. */
  readonly path: string;
  /** What is wrong, to be read after the path: `is missing`, `must be a string, not a number`. */
  readonly message: string;
}

/** What `checkReport` answers. */
export type Checked =
  | {readonly report: Report; readonly problems?: undefined}
  | {readonly report?: undefined; readonly problems: readonly Problem[]};

/** A list is looked through to its end, but no more problems than this are told: a hostile one has a million. */
const mostProblems = 100;

/**
 * Takes anything and answers the report that it is, or the list of problems that it has: fields that are missing, too
 * long, of the wrong type or unknown. Never throws. The report is the value itself, not a copy.
 */
export function checkReport(value: unknown): Checked {
  const problems = problemsOf(value);
  return problems.length > 0 ? {problems} : {report: value as Report};
}

/** The problems of `value` as a report; none if it is one. Paths are those of the JSON. */
export function problemsOf(value: unknown): Problem[] {
  const problems: Problem[] = [];
  try {
    checkRecord(value, '', '', problems);
  } catch {
    // A getter or a proxy of the caller: no JSON comes with one.
    problems.push({path: '', message: 'must be plain data: a part of it throws when it is read'});
  }
  if (problems.length > mostProblems) {
    const more = problems.length - mostProblems;
    problems.length = mostProblems;
    problems.push({path: '', message: `has ${more} or more further problems`});
  }
  return problems;
}

type Parent = Parameters<typeof fieldsOf>[0];

/** The rows below each parent, prepared once: a check runs for every node of every report. */
const rows = new Map<string, Map<string, Field>>(
  (['', 'nodes', 'nodes.capacity', 'extensions'] satisfies Parent[]).map((parent) => [
    parent,
    new Map(fieldsOf(parent).map((field) => [fieldName(field.path), field])),
  ]),
);

function checkRecord(value: unknown, at: string, parent: string, problems: Problem[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({path: at, message: `must be an object, not ${nameOf(value)}`});
    return;
  }
  const fields = rows.get(parent)!;
  const record = value as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    if (problems.length > mostProblems) return;
    if (!fields.has(key)) problems.push({path: join(at, short(key)), message: 'is not a field of a report'});
  }
  for (const [key, field] of fields) {
    if (problems.length > mostProblems) return;
    if (!Object.hasOwn(record, key)) {
      if (field.required) problems.push({path: join(at, key), message: 'is missing'});
    } else if (field.type === 'list') {
      checkList(record[key], join(at, key), field, problems);
    } else {
      checkString(record[key], at, key, field, problems);
    }
  }
}

function checkList(value: unknown, at: string, {path, max}: Field, problems: Problem[]): void {
  if (!Array.isArray(value)) {
    problems.push({path: at, message: `must be a list, not ${nameOf(value)}`});
    return;
  }
  if (value.length > max) {
    problems.push({path: at, message: `has ${value.length} items; at most ${max} are allowed`});
    return;
  }
  for (let i = 0; i < value.length && problems.length <= mostProblems; i++) {
    checkRecord(value[i], `${at}[${i}]`, path, problems);
  }
}

function checkString(value: unknown, parent: string, key: string, field: Field, problems: Problem[]): void {
  // Nearly always: without making a path that nobody asks for.
  if (typeof value === 'string' && !field.pattern && value.length >= (field.min ?? 0) && value.length <= field.max)
    return;
  const problem = (message: string) => problems.push({path: join(parent, key), message});
  if (typeof value !== 'string') problem(`must be a string, not ${nameOf(value)}`);
  else if (value.length < (field.min ?? 0)) problem('must not be empty');
  else if (value.length > field.max) problem(`is ${value.length} characters long; at most ${field.max} are allowed`);
  else if (field.pattern && !field.pattern.expression.test(value)) problem(`must be ${field.pattern.says}`);
}

function join(parent: string, key: string): string {
  return parent === '' ? key : `${parent}.${key}`;
}

function short(key: string): string {
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
