import type {IncomingMessage, OutgoingHttpHeaders} from 'node:http';
import type {Connection, RequestOptions} from '../../cluster/connection/connection.ts';
import {UserError} from '../../errors.ts';
import {clean, isObject} from '../../foreign.ts';
import {Refused} from './ask.ts';

/** What Helm is answered. */
export interface Answer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Most bytes of an answer of the API server that is passed on: all of OpenAPI version 2 takes a few megabytes. */
const most = 64 * 1024 * 1024;

/** Headers of an answer that Helm makes use of: what it is, and how long it may keep it (RFC 9111). */
const passed = [
  ...['content-type', 'content-encoding', 'retry-after'],
  ...['date', 'expires', 'cache-control', 'vary', 'etag', 'last-modified'],
];

/** Longest that the body of an answer may take, milliseconds: one that comes drop by drop would hold Helm for days. */
const longest = 60_000;

/**
 * Asks the API server as the user, over the program's own connection.
 *
 * @param within longest that the body may take, milliseconds
 * @throws {UserError} cluster, if there is no answer, or none that comes to an end
 */
export async function askServer(
  connection: Connection,
  path: string,
  options: RequestOptions = {},
  within = longest,
): Promise<Answer> {
  const response = await connection.request(path, options);
  const headers = Object.fromEntries(
    passed.flatMap((name) => (response.headers[name] ? [[name, response.headers[name]]] : [])),
  );
  return {status: response.statusCode ?? 502, headers, body: await bytesOf(response, within)};
}

async function bytesOf(response: IncomingMessage, within: number): Promise<Buffer> {
  const endless = new UserError('cluster', `The answer of the API server does not end within ${within / 1000} s.`);
  const timer = setTimeout(() => response.destroy(endless), within);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw new UserError('cluster', `The API server answers with more than ${most} bytes.`);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

/** An answer of our own. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return {status, headers: {'content-type': 'application/json'}, body: Buffer.from(JSON.stringify(value))};
}

/** An error as the API server writes it: `Status` of meta/v1. */
export function statusAnswer(code: number, reason: string, message: string): Answer {
  return jsonAnswer(code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: clean(message, 600),
    reason,
    code,
  });
}

/** The object in an answer of the API server that is a success. */
export function objectOf<T>({body}: Answer): T {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    // Told below, as any other answer that is none.
  }
  if (isObject(value)) return value as T;
  throw new Refused('the API server answers with something that is not an object');
}

/** Whether the server did what it was asked. */
export const isSuccess = ({status}: Answer): boolean => status >= 200 && status < 300;
