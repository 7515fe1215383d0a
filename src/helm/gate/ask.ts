import type {IncomingMessage} from 'node:http';
import {clean, isObject} from '../../foreign.ts';

/** One request of Helm, taken apart. What goes to the API server is made from these parts anew, never passed on. */
export interface Ask {
  readonly method: string;
  /** Of the path, decoded: `['api', 'v1', 'namespaces', 'seldon', 'secrets']`. */
  readonly segments: readonly string[];
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Why a request is not let through, as a clause; all that is foreign in it is cleaned where it is shown. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Most bytes of a body: a record and a CustomResourceDefinition take one and a half megabytes. */
export const mostBody = 8 * 1024 * 1024;

/** Headers that ask for something that no request of Helm's needs, or that say the length in a second way. */
const strange = [
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'content-encoding',
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
];

/**
 * Refuses a request by its headers, before its body is read.
 *
 * @throws {Refused}
 */
export function requirePlain({headers}: IncomingMessage): void {
  const header = strange.find((name) => headers[name] !== undefined);
  if (header) throw new Refused(`its header ${header} is not one of Helm's`);
}

/**
 * Takes a request apart. Node.js has parsed it by the strict rules of RFC 9112: one length, one message after the other.
 *
 * @throws {Refused} if there are two ways to read it
 */
export function readAsk({method = '', url = '', headers}: IncomingMessage, body: Buffer): Ask {
  if ((method === 'GET' || method === 'HEAD') && body.length > 0) throw new Refused('it reads, and has a body');
  const [, path = '', query = ''] = /^(\/[^?#]*)(?:\?([^#]*))?$/.exec(url) ?? [];
  if (path === '') throw new Refused('its address is not a path');
  return {method, segments: path.slice(1).split('/').map(segment), query: parameters(query), headers, body};
}

/** A segment as Kubernetes takes it for a name (path_segment_name of apimachinery), in no other writing than Go's. */
function segment(written: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(written);
  } catch {
    throw new Refused('its path is not well-formed');
  }
  if (decoded === '' || decoded === '.' || decoded === '..' || !/^[\w.:@~!$&'()*+,;= -]+$/.test(decoded))
    throw new Refused('its path can be read in two ways');
  return decoded;
}

function parameters(query: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (found.has(name)) throw new Refused('a parameter is there twice');
    found.set(name, value);
  }
  return found;
}

/**
 * Refuses parameters that are not known here; what they would do is not known either.
 *
 * @param allowed by name; each value must match whole
 */
export function requireParameters({query}: Ask, allowed: Readonly<Record<string, RegExp>> = {}): void {
  for (const [name, value] of query)
    if (!Object.hasOwn(allowed, name) || !allowed[name]!.test(value))
      throw new Refused(`its parameter ${clean(name, 60)} is not one that the change needs`);
}

/** The body as an object, if it says that it is JSON; JSON is what Helm writes of YAML too. */
export function jsonBody({headers, body}: Ask, types: readonly string[]): Record<string, unknown> {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (!types.includes(type.trim())) throw new Refused(`its body is ${clean(type, 60) || 'of no type'}`);
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (isObject(value)) return value as Record<string, unknown>;
  } catch {
    // As any other text.
  }
  throw new Refused('its body is not JSON');
}

/** Where an object is: `/api/v1/…` or `/apis/GROUP/VERSION/…`. */
export interface Place {
  readonly root: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  /** `status`, `exec`, `proxy` and what comes after. */
  readonly rest: readonly string[];
}

/** The place that a path names; undefined where it is none of an object or a collection. */
export function placeOf(segments: readonly string[]): Place | undefined {
  const root = segments[0] === 'api' ? 2 : segments[0] === 'apis' ? 3 : 0;
  const [first, second, third, ...more] = segments.slice(root);
  if (root === 0 || first === undefined) return undefined;
  const path = `/${segments.slice(0, root).map(encodeURIComponent).join('/')}`;
  if (first !== 'namespaces' || third === undefined)
    return {
      root: path,
      resource: first,
      ...(second === undefined ? {} : {name: second}),
      rest: third ? [third, ...more] : [],
    };
  const [name, ...rest] = more;
  return {root: path, resource: third, namespace: second!, ...(name === undefined ? {} : {name}), rest};
}
