import type {IncomingMessage} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {UserError} from '../../errors.ts';
import {isObject} from '../../foreign.ts';
import {requireBoundedJson, UnboundedJson} from '../../host/bounded-json.ts';
import {retryAfter} from '../../host/retry-after.ts';
import type {Connection, RequestOptions} from './connection.ts';
import {noAnswer, type Permission, refusal} from './failures.ts';
import {statusMessageOf} from './protobuf-status.ts';

/** Most bytes of an answer that is read whole: objects (etcd takes 1.5 MiB of one), discovery, errors. */
const most = 16 * 1024 * 1024;

/** What such an answer may become in memory; a CustomResourceDefinition nests about 80 levels, and has 50,000 values. */
const bounds = {depth: 500, values: 500_000};

/** An HTTP answer that was no success; `status` lets a caller take a 404 or a 403 for what it means to it. */
export class HttpError extends UserError {
  readonly status: number;
  /** Milliseconds the server asks to wait; absent if it does not. */
  readonly retryAfter?: number;
  /** Whether it may be Kubernetes that answered: with a Status, or with nothing; a proxy's page is neither. */
  readonly ofKubernetes: boolean;
  constructor(status: number, error: UserError, retryAfter?: number, ofKubernetes = true) {
    super(error.code, error.message, {suggestions: error.suggestions});
    this.status = status;
    this.ofKubernetes = ofKubernetes;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** Options of a request that is read whole. */
export interface JsonOptions extends RequestOptions {
  /** What a 403 is told to lack. */
  readonly permission?: Permission;
}

/**
 * The answer as JSON, an object like all of Kubernetes; retried like every read.
 *
 * @throws {HttpError} cluster, if the status is no success
 * @throws {UserError} cluster, if there is no answer or it is not an object in JSON
 */
export async function getJson<T>(connection: Connection, path: string, options: JsonOptions = {}): Promise<T> {
  return retrying(connection, async () => {
    const response = await answer(connection, path, options);
    const value = parsed(await readBytes(response, connection), connection);
    if (isObject(value)) return value as T;
    throw refusal(response.statusCode ?? 0, 'text/html', '', connection);
  });
}

function parsed(bytes: Buffer, {server}: Connection): unknown {
  try {
    requireBoundedJson(bytes, bounds);
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof UnboundedJson)
      throw new UserError('cluster', `An answer of the API server ${server} can't be read: ${error.message}.`);
    return undefined;
  }
}

/** As `getJson`; undefined where there is no such object (404). */
export async function findJson<T>(
  connection: Connection,
  path: string,
  options: JsonOptions = {},
): Promise<T | undefined> {
  try {
    return await getJson<T>(connection, path, options);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

/** Metadata of the objects of a list, without their contents: Kubernetes 1.15 and later answer with only that. */
export const metadataOnly = {
  Accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
};

/**
 * The answer of a request once it is a success.
 *
 * @throws {HttpError} cluster, if it is none
 */
export async function answer(
  connection: Connection,
  path: string,
  {permission, ...options}: JsonOptions = {},
): Promise<IncomingMessage> {
  const response = await connection.request(path, options);
  const {statusCode = 0, headers} = response;
  if (statusCode >= 200 && statusCode < 300) return response;
  const body = textOfError(await readBytes(response, connection));
  const error = refusal(statusCode, headers['content-type'] ?? '', body, connection, permission, headers.location);
  throw new HttpError(statusCode, error, retryAfter(headers['retry-after'], Date.now()), body === '' || isStatus(body));
}

function isStatus(body: string): boolean {
  try {
    const value = JSON.parse(body) as {kind?: unknown; message?: unknown} | null;
    return value?.kind === 'Status' || typeof value?.message === 'string';
  } catch {
    return false;
  }
}

/** A Status as JSON, whatever the server wrote it in. */
function textOfError(bytes: Buffer): string {
  const message = statusMessageOf(bytes);
  return message === undefined ? bytes.toString('utf8') : JSON.stringify({message});
}

/** The whole body, capped. */
async function readBytes(response: IncomingMessage, connection: Connection): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) {
        response.destroy();
        throw new UserError('cluster', `The API server ${connection.server} answers with more than ${most} bytes.`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new CutOff(noAnswer(error, connection));
  }
  return Buffer.concat(chunks);
}

/** An answer that began and did not end. */
export class CutOff extends UserError {
  constructor({code, message, suggestions}: UserError, cause?: unknown) {
    super(code, message, {suggestions, cause});
  }
}

/** Waits between attempts of a read, milliseconds; a server's Retry-After counts where it is longer, up to a minute. */
const waits = [250, 1000, 3000];
const longestWait = 60_000;

/**
 * Runs `attempt`, again from the start where it may help: after an answer that was cut off, 408, 410 (the list expired),
 * 429 and 5xx. A first attempt that meets no server fails at once; after a cut, a server may be restarting.
 */
export async function retrying<T>({wait = sleep}: Connection, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const least = waits[tries];
      if (least === undefined || !(mayPass(error) || (tries > 0 && isUnreachable(error)))) throw error;
      const asked = error instanceof HttpError ? (error.retryAfter ?? 0) : 0;
      await wait(Math.min(Math.max(least * (0.75 + Math.random() / 2), asked), longestWait));
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof CutOff) return true;
  return (
    error instanceof HttpError &&
    ([408, 410, 429].includes(error.status) || (error.status >= 500 && error.status !== 501))
  );
}

function isUnreachable(error: unknown): boolean {
  return error instanceof UserError && error.code === 'cluster' && !(error instanceof HttpError);
}
