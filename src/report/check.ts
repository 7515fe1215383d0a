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
 * As `checkReport`, for a receiver that may be older than the sender: fields that are not in the table are taken out of the
 * value, which is changed, and counted. What was sent with them is a report all the same.
 */
export function checkKnownFields(value: unknown): Checked & {readonly dropped: number} {
  const pass = {problems: [], dropped: 0};
  const problems = problemsIn(value, pass);
  return problems.length > 0 ? {problems, dropped: pass.dropped} : {report: value as Report, dropped: pass.dropped};
}

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
  return problemsIn(value, {problems: []});
}

function problemsIn(value: unknown, pass: Pass): Problem[] {
  const {problems} = pass;
  try {
    if (isFine(value, '')) return problems;
    checkRecord(value, '', pass);
  } catch {
    // A getter or a proxy of the caller: no JSON comes with one, and nothing else can be said of it.
    return [{path: '', message: 'must be plain data: a part of it throws when it is read'}];
  }
  const told = problems.slice(0, mostProblems).map(({path, message}) => ({path: path.replace(/^\./, ''), message}));
  const more = problems.length - told.length;
  return more > 0 ? [...told, {path: '', message: `has ${more} or more further problems`}] : told;
}

/** One going-through of a value. */
interface Pass {
  readonly problems: Problem[];
  /** Unknown fields that were taken out; absent: they are problems. */
  dropped?: number;
}

type Parent = Parameters<typeof fieldsOf>[0];

/** The rows below a parent, prepared once: a check runs for every node of every report. */
interface Rows {
  readonly keys: readonly string[];
  readonly fields: readonly Field[];
  /** The place of each key in `keys`. */
  readonly places: ReadonlyMap<string, number>;
  /** How many of them a record must have. */
  readonly required: number;
}

const rows = new Map<string, Rows>(
  (['', 'nodes', 'nodes.capacity', 'extensions'] satisfies Parent[]).map((parent) => {
    const fields = fieldsOf(parent);
    const keys = fields.map(({path}) => fieldName(path));
    const required = fields.filter((field) => field.required).length;
    return [parent, {keys, fields, places: new Map(keys.map((key, i) => [key, i])), required}];
  }),
);

// A large report is half a million values, nearly all of them as they should be: it is gone through once without writing
// anything down, and once more by `checkRecord` only where that finds something.

/** Whether a record has all fields that it must have, no unknown one, and each as it should be. */
function isFine(value: unknown, parent: string): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const {keys, fields, places, required} = rows.get(parent)!;
  const record = value as Record<string, unknown>;
  let next = 0;
  let has = 0;
  let seen = 0;
  for (const key in record) {
    // Nearly always they come in the order of the table.
    const place = key === keys[next] ? next : places.get(key);
    if (place === undefined || !isFieldFine(record[key], fields[place]!)) return false;
    if (fields[place]!.required) has++;
    seen++;
    next = place + 1;
  }
  // What is there all the same is looked at one by one.
  if (seen < keys.length && keys.filter((key) => Object.hasOwn(record, key)).length > seen) return false;
  // What a record inherits is not in it.
  return has === required && Object.getPrototypeOf(record) === Object.prototype;
}

function isFieldFine(value: unknown, field: Field): boolean {
  if (field.type !== 'list') return wrongString(value, field) === undefined;
  if (!Array.isArray(value) || value.length > field.max) return false;
  for (let i = 0; i < value.length; i++) if (!isFine(value[i], field.path)) return false;
  return true;
}

// A problem begins without a path, and each level puts its own part before: `.id`, `[3].id`, `.nodes[3].id`.

function checkRecord(value: unknown, parent: string, pass: Pass): void {
  const {problems} = pass;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({path: '', message: `must be an object, not ${nameOf(value)}`});
    return;
  }
  const {keys, fields, places} = rows.get(parent)!;
  const record = value as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    if (problems.length > mostProblems) return;
    if (places.has(key)) continue;
    if (pass.dropped === undefined) problems.push({path: `.${short(key)}`, message: 'is not a field of a report'});
    else {
      delete record[key];
      pass.dropped++;
    }
  }
  for (let i = 0; i < keys.length && problems.length <= mostProblems; i++) {
    const before = problems.length;
    checkField(record, keys[i]!, fields[i]!, pass);
    if (problems.length > before) prefix(`.${keys[i]}`, problems, before);
  }
}

function checkField(record: Record<string, unknown>, key: string, field: Field, pass: Pass): void {
  if (!Object.hasOwn(record, key)) {
    if (field.required) pass.problems.push({path: '', message: 'is missing'});
  } else if (field.type === 'list') {
    checkList(record[key], field, pass);
  } else {
    const message = wrongString(record[key], field);
    if (message) pass.problems.push({path: '', message});
  }
}

function checkList(value: unknown, {path, max}: Field, pass: Pass): void {
  const {problems} = pass;
  if (!Array.isArray(value)) {
    problems.push({path: '', message: `must be a list, not ${nameOf(value)}`});
    return;
  }
  if (value.length > max) {
    problems.push({path: '', message: `has ${value.length} items; at most ${max} are allowed`});
    return;
  }
  for (let i = 0; i < value.length && problems.length <= mostProblems; i++) {
    const before = problems.length;
    checkRecord(value[i], path, pass);
    if (problems.length > before) prefix(`[${i}]`, problems, before);
  }
}

/** Puts `part` before the paths of the problems from `first` on. */
function prefix(part: string, problems: Problem[], first: number): void {
  for (let i = first; i < problems.length; i++) {
    const {path, message} = problems[i]!;
    problems[i] = {path: part + path, message};
  }
}

function wrongString(value: unknown, {min = 0, max, pattern}: Field): string | undefined {
  if (typeof value !== 'string') return `must be a string, not ${nameOf(value)}`;
  if (value.length < min) return 'must not be empty';
  if (value.length > max) return `is ${value.length} characters long; at most ${max} are allowed`;
  return pattern && !pattern.expression.test(value) ? `must be ${pattern.says}` : undefined;
}

function short(key: string): string {
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}

function nameOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
