import {createHash} from 'node:crypto';
import {constants} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import type {Writable} from 'node:stream';
import got from 'got';
import {proxiesFor} from '../host/proxies.ts';
import {anyAnchor, readableCertificates, systemRoots} from '../host/trust-store.ts';
import {packageVersion} from '../report/version.ts';

/** One POST: what, where to, and how long. */
export interface PostOptions {
  readonly url: string;
  /** File that holds the body. It is streamed: the report has no second copy in memory. */
  readonly path: string;
  readonly bytes: number;
  /** Hex SHA-256 of the body. Whatever else the file holds by now is not sent. */
  readonly sha256: string;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are. */
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds until connected: name, proxy, TCP and TLS together. */
  readonly connectTimeout: number;
  /** Milliseconds for everything. */
  readonly timeout: number;
}

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The beginning of the body. */
  readonly body: string;
  /** Whether the whole report had left before the answer came. */
  readonly whole: boolean;
}

/** There was no complete answer. The message is of nobody's concern: `code` says why. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly code: string;
  /** Whether a connection stood, so that the report may have arrived. */
  readonly connected: boolean;
  constructor(code: string, connected: boolean, cause?: unknown) {
    super(code, {cause});
    this.code = code;
    this.connected = connected;
  }
}

/** Bytes that are read from the disk at a time. */
const pieceSize = 256 * 1024;

/** Most bytes of an answer's body that are read; a collector says little. */
const mostAnswer = 16 * 1024;

/**
 * Posts the file once: nothing is retried, no redirect is followed.
 *
 * @throws {NoAnswer}
 */
export async function post({url, path, bytes, sha256, ca, env, connectTimeout, timeout}: PostOptions): Promise<Answer> {
  const agents = agentsFor(url, env, ca);
  // No link is followed, and no pipe is waited for: another may have put it into the outbox.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const body = await open(path, flags).catch((error) => {
    throw new NoAnswer(codeOf(error), false, error);
  });
  try {
    // What is no file, or can't be read to its end, is a failure of this report as well.
    if ((await hashOf(body, bytes, performance.now() + timeout)) !== sha256) throw new NoAnswer('CHANGED', false);
  } catch (error) {
    await body.close();
    throw error instanceof NoAnswer ? error : new NoAnswer('CHANGED', false, error);
  }
  const ending = new AbortController();
  const end = (code: string) => ending.abort(Object.assign(new Error(code), {code}));
  const whole = setTimeout(end, timeout, 'ETIMEDOUT');
  const connecting = setTimeout(end, connectTimeout, 'CONNECT_TIMEOUT');
  let connected = false;
  let left = 0;
  try {
    return await new Promise<Answer>((resolve, reject) => {
      // Piped in rather than given as `body`: for that got asks for FormData, which costs as much as all the rest of it.
      const stream = got.stream.post(url, {
        headers: {
          'user-agent': `seldon-usage/${packageVersion}`,
          'content-type': 'application/json',
          'content-length': String(bytes),
        },
        agent: agents,
        signal: ending.signal,
        retry: {limit: 0},
        followRedirect: false,
        throwHttpErrors: false,
        decompress: false,
        // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
        https: {rejectUnauthorized: true},
      });
      let isAnswered = false;
      const fail = (error: unknown) =>
        isAnswered ||
        reject(new NoAnswer((ending.signal.reason as {code?: string})?.code ?? codeOf(error), connected, error));
      stream.on('request', (request: http.ClientRequest) => {
        request.once('socket', (socket: Socket) =>
          whenReady(socket, url.startsWith('https:'), () => {
            connected = true;
            clearTimeout(connecting);
          }),
        );
      });
      stream.on('response', (response: http.IncomingMessage) => {
        const {statusCode: status = 0, headers} = response;
        // A 204 has no body (RFC 9110, 15.3.5): it is complete here, and whatever a server sends after it is no fault of it.
        if (status === 204) {
          isAnswered = true;
          settled().then(() => resolve({status, headers, body: '', whole: left >= bytes}));
        } else readBeginning(stream).then((text) => resolve({status, headers, body: text, whole: left >= bytes}), fail);
      });
      stream.on('error', fail);
      upload(body, stream, (size) => {
        left += size;
      }).catch(fail);
    });
  } finally {
    clearTimeout(whole);
    clearTimeout(connecting);
    await body.close();
    agents.http.destroy();
    agents.https.destroy();
  }
}

/**
 * Of the very file that is then posted: by its name another one could take its place in between. Its position stays.
 *
 * @returns undefined if it is longer than it should be: it may have no end
 * @throws {NoAnswer} if that takes longer than there is time
 */
async function hashOf(file: FileHandle, bytes: number, deadline: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(pieceSize);
  for (let at = 0; ; ) {
    const {bytesRead} = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
    if (at > bytes) return undefined;
    if (performance.now() > deadline) throw new NoAnswer('ETIMEDOUT', false);
  }
}

function agentsFor(
  url: string,
  env: NodeJS.ProcessEnv,
  authorities: string | undefined,
): {http: http.Agent; https: https.Agent} {
  try {
    const proxyEnv = proxiesFor(url, env);
    const trust = url.startsWith('https:') ? {...anyAnchor, ca: trusted(env, authorities)} : {};
    return {http: new http.Agent({proxyEnv}), https: new https.Agent({proxyEnv, ...trust})};
  } catch (error) {
    throw new NoAnswer(codeOf(error), false, error);
  }
}

/** The very certificates that cluster connections trust, or those of the user's file. */
function trusted(env: NodeJS.ProcessEnv, authorities: string | undefined): string[] {
  if (authorities === undefined) return systemRoots(env);
  const found = readableCertificates(authorities);
  return found.length > 0 ? found : [authorities];
}

/** Lets what the system has taken already be told: the answer may be read before that is. */
async function settled(): Promise<void> {
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Writes the file into the request piece by piece, all in the same memory: the next is read when the last has left.
 * Where the request ends before, the rest is of no interest.
 */
async function upload(file: FileHandle, request: Writable, tell: (bytes: number) => void): Promise<void> {
  const piece = Buffer.allocUnsafe(pieceSize);
  while (!request.destroyed) {
    const {bytesRead} = await file.read(piece, 0, piece.length);
    if (bytesRead === 0) break;
    const error = await new Promise((resolve) => request.write(piece.subarray(0, bytesRead), resolve));
    if (error) return;
    tell(bytesRead);
  }
  request.end();
}

/** Calls back when the socket can carry the request: a reused or tunnelled one at once. */
function whenReady(socket: Socket, secure: boolean, ready: () => void): void {
  const pending = secure ? (socket as {secureConnecting?: boolean}).secureConnecting !== false : socket.connecting;
  if (!pending) ready();
  else socket.once(secure ? 'secureConnect' : 'connect', ready);
}

/** The body to its end, or to what is enough of it. */
async function readBeginning(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= mostAnswer) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, mostAnswer);
}

/** The system's, TLS's or the HTTP parser's code; got puts its own (`ERR_READING_RESPONSE_STREAM`) around it. */
function codeOf(error: unknown): string {
  let found = '';
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) {
    const {code} = e as NodeJS.ErrnoException;
    if (
      typeof code === 'string' &&
      (found === '' || found.startsWith('ERR_GOT') || found === 'ERR_READING_RESPONSE_STREAM')
    )
      found = code;
    if (e instanceof AggregateError && e.errors.length > 0) return codeOf(e.errors[0]);
  }
  return found;
}
