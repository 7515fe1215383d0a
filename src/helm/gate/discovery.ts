import type {Connection} from '../../cluster/connection/connection.ts';
import {type Answer, askServer} from './answer.ts';
import {type Ask, requireParameters} from './ask.ts';

/**
 * What the API has, and in which form: `/version`, the groups and their resources, OpenAPI. The same for everybody who may
 * log in (the role system:discovery), and nothing of any object.
 */
const paths = [
  /^version$/,
  /^api(?:\/v1)?$/,
  /^apis(?:\/[a-z0-9.-]+(?:\/v[a-z0-9]+)?)?$/,
  /^openapi\/v2$/,
  /^openapi\/v3(?:\/api(?:\/v1)?|\/apis(?:\/[a-z0-9.-]+(?:\/v[a-z0-9]+)?)?)?$/,
];

/** Of the headers those that say in which form, and whether a copy is still good; RFC 9110. */
const passed: Readonly<Record<string, RegExp>> = {
  accept: /^[\w.\-/;=,+*@ ]{1,1000}$/,
  'if-none-match': /^(?:W\/)?"[\w.+/=:-]{1,300}"$/,
  'if-modified-since': /^[\w:, ]{1,60}$/,
};

/** Answers discovery; undefined where a request is none. */
export async function discovery(connection: Connection, ask: Ask): Promise<Answer | undefined> {
  const question = questionOf(ask);
  return question && askServer(connection, question.path, {headers: question.headers});
}

interface Question {
  readonly path: string;
  readonly headers: Record<string, string>;
}

function questionOf(ask: Ask): Question | undefined {
  const path = ask.segments.join('/');
  if (ask.method !== 'GET' || !paths.some((known) => known.test(path))) return undefined;
  requireParameters(ask, {timeout: /^\d{1,6}m?s$/, hash: /^[0-9A-Fa-f]{1,200}$/});
  const headers: Record<string, string> = {};
  for (const [name, form] of Object.entries(passed)) {
    const value = ask.headers[name];
    if (typeof value === 'string' && form.test(value)) headers[name] = value;
  }
  if (/\bgzip\b/.test(String(ask.headers['accept-encoding'] ?? ''))) headers['accept-encoding'] = 'gzip';
  const {accept, ...others} = headers;
  const hash = ask.query.get('hash');
  return {
    path: `/${path}${hash ? `?hash=${hash}` : ''}`,
    headers: {...others, ...(accept ? {Accept: accept} : {})},
  };
}
