import {isObject} from '../foreign.ts';

/** A number that JavaScript can't hold exactly, kept as it was written: V8's `JSON.rawJSON`. */
interface RawNumber {
  readonly rawJSON: string;
}

const json = JSON as typeof JSON & {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
};

type Reviver = (key: string, value: unknown, context: {source?: string}) => unknown;

/**
 * JSON in which no number is changed by reading and writing it: Helm writes integers over 2^53, which a plain
 * `JSON.parse` would round.
 *
 * @throws {SyntaxError} if it is no JSON
 */
export function parseExact(text: string): unknown {
  const keep: Reviver = (_key, value, {source}) =>
    typeof value === 'number' && source !== undefined && String(value) !== source && !isPlain(value, source)
      ? json.rawJSON(source)
      : value;
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown);
}

/** Another way to write the same number (`1.0`, `1e3`) needs no keeping. */
function isPlain(value: number, source: string): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER && !/^-?\d{16,}/.test(source);
}

/** JSON of a value as the YAML reader gives it: integers of any size are written as they are. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? json.rawJSON(String(one)) : one));
}

/** JSON as Go writes it, which escapes what means something in HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether the value is a number that JavaScript can't hold. */
export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/** Whether a value of `parseExact` is an object: a number that is kept as it was written is none. */
export function isExactObject(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !isRawNumber(value);
}

/** Deep equality of JSON values by what they mean: key order does not count, `1.0` equals `1`, kept numbers as written. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true;
  if (isRawNumber(a) || isRawNumber(b)) return isRawNumber(a) && isRawNumber(b) && a.rawJSON === b.rawJSON;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && equalJson(a[key as keyof typeof a], (b as Record<string, unknown>)[key]),
  );
}

/**
 * The paths of all kept numbers in Helm's `--set` syntax with their values: `a.b\.c[0]=9007199254740993`. Helm reads
 * numbers of a values file as floats and would round them.
 */
export function exactNumbers(value: unknown, path = ''): string[] {
  if (isRawNumber(value)) return /^-?\d+$/.test(value.rawJSON) ? [`${path}=${value.rawJSON}`] : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => exactNumbers(item, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const name = key.replace(/[\\.,=[\]{}]/g, '\\$&');
    return exactNumbers(child, path ? `${path}.${name}` : name);
  });
}

/** As strings.EqualFold of Go: the long s and the Kelvin sign are folded too. */
export function sameFolded(a: string, b: string): boolean {
  return a.toLowerCase().replaceAll('\u017f', 's') === b.toLowerCase();
}
