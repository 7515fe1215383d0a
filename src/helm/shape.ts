import {isDeepStrictEqual} from 'node:util';
import {clean, isObject} from '../foreign.ts';

/** What a check of a value by its shape brings. */
export interface Findings {
  /** `spec.replicas is 2`: what no era of the chart makes, and nothing that only restricts or places. */
  readonly refused: string[];
  /** `spec.template.spec.nodeSelector: {"pool":"a"}`: what was added and only restricts or places. */
  readonly added: string[];
}

/** Looks at one value at its path and says what it finds. */
export type Check = (value: unknown, path: string, findings: Findings) => void;

/** Whether a value passes, when it is one that needs no path: a text, a number, a boolean. */
export type Test = (value: unknown) => boolean;

/** A value for people, capped and cleaned. */
export function shownValue(value: unknown): string {
  return clean(typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? 'absent'), 120);
}

function refuse(value: unknown, path: string, {refused}: Findings): void {
  refused.push(value === undefined ? `${clean(path)} is missing` : `${clean(path)} is ${shownValue(value)}`);
}

/** Passes what the test passes. */
export const where =
  (test: Test): Check =>
  (value, path, findings) => {
    if (!test(value)) refuse(value, path, findings);
  };

/** Passes one of these values. */
export const exactly = (...values: readonly unknown[]): Check =>
  where((value) => values.some((one) => isDeepStrictEqual(one, value)));

/** Passes a text that the expression matches as a whole. */
export const text = (form: RegExp): Test => {
  const whole = new RegExp(`^(?:${form.source})$`, form.flags);
  return (value) => typeof value === 'string' && whole.test(value);
};

/** As the check, and what passes is told as an addition. */
export const addition =
  (check: Check): Check =>
  (value, path, findings) => {
    const before = findings.refused.length;
    check(value, path, findings);
    if (findings.refused.length === before) findings.added.push(`${clean(path)}: ${shownValue(value)}`);
  };

/** Passes an object with all of `needed`, some of `optional`, and nothing else. */
export const fields =
  (needed: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, path, findings) => {
    if (!isObject(value)) return refuse(value, path, findings);
    for (const [name, check] of Object.entries(needed)) check(own(value, name), join(path, name), findings);
    for (const [name, child] of Object.entries(value)) {
      if (Object.hasOwn(needed, name)) continue;
      if (Object.hasOwn(optional, name)) optional[name]!(child, join(path, name), findings);
      else refuse(child, join(path, name), findings);
    }
  };

/** Passes an object whose keys and values pass the tests. */
export const entries =
  (key: Test, child: Test): Check =>
  (value, path, findings) => {
    if (!isObject(value)) return refuse(value, path, findings);
    for (const [name, one] of Object.entries(value))
      if (!key(name) || !child(one)) refuse(one, join(path, name), findings);
  };

/** Passes a list of such items. */
export const listOf =
  (check: Check, most = 50): Check =>
  (value, path, findings) => {
    if (!Array.isArray(value) || value.length > most) return refuse(value, path, findings);
    for (const [i, item] of value.entries()) check(item, `${path}[${i}]`, findings);
  };

/** Passes a list of exactly one such item. */
export const single =
  (check: Check): Check =>
  (value, path, findings) => {
    if (!Array.isArray(value) || value.length === 0) return refuse(value, path, findings);
    for (const [i, item] of value.entries())
      if (i === 0) check(item, `${path}[0]`, findings);
      else refuse(item, `${path}[${i}]`, findings);
  };

/** The value without fields that are null: for Kubernetes they are not there. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, withoutNulls(child)]),
  );
}

function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function join(path: string, name: string): string {
  const word = /^[\w-]+$/.test(name) ? name : JSON.stringify(name);
  return path ? `${path}.${word}` : word;
}
