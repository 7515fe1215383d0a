import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {packageVersion} from '../report/index.ts';
import {accept} from './accept.ts';
import {type BodyFault, readBody} from './body.ts';
import {type AddressOptions, type Sender, senders} from './client-address.ts';
import {fairQueue} from './fair-queue.ts';
import {type Gate, gate} from './gate.ts';
import type {IngestTally} from './messages.ts';
import {type Account, type ShareLimits, Shares} from './shares.ts';
import type {Accepted} from './store/contract.ts';

/** Bounds of one thread of the public listener; times in milliseconds. The threads keep no accounts together. */
export interface IngestLimits extends ShareLimits {
  /** Bytes of a body, before and after decoding. */
  readonly maxBody: number;
  /** Open connections of one thread. */
  readonly connections: number;
  /** Open connections of one thread from one address. */
  readonly connectionShare: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
}

export const defaultLimits: IngestLimits = {
  maxBody: 16 * 1024 * 1024,
  connections: 4096,
  connectionShare: 1024,
  memory: 256 * 1024 * 1024,
  memoryShare: 128 * 1024 * 1024,
  reportShare: 1024,
  bodyGrace: 10_000,
  bodyRate: 8 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 75_000,
};

export interface IngestOptions {
  readonly limits: IngestLimits;
  readonly tls?: {readonly cert: string; readonly key: string} | undefined;
  readonly addresses: AddressOptions;
  /** Gives a report to the store; `done` is told whether it is on disk. */
  readonly submit: (report: Accepted, done: (stored: boolean) => void) => void;
  readonly tally: IngestTally;
  /** The number of a sender's network; absent: none is told apart. */
  readonly network?: (sender: Sender) => number;
}

/** Sockets with a report at the store, or with an answer to a request that was not read whole: no other answer fits there. */
const engaged = new WeakSet<object>();

/** Seconds after which a sender that was put off may come again. */
const retryAfter = '30';

const tooMany = `HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${retryAfter}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

/** The public listener: Spartakus' protocol, and nothing else. A client's address is used for its share; a keyed hash of its network goes on. */
export function ingestServer(options: IngestOptions): Server {
  const {limits, tls, tally} = options;
  const settings = {
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: Math.min(5000, limits.headersTimeout / 2),
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  };
  const server = tls
    ? createSecureServer({...settings, ...tls, handshakeTimeout: limits.headersTimeout})
    : createServer(settings);
  const door = gate(server, {
    senders: senders(options.addresses),
    limits: {total: limits.connections, share: limits.connectionShare},
    patience: limits.headersTimeout,
    count: (connections) => {
      tally.connections = connections;
    },
    refuse(socket) {
      countRefused(tally, 'busy');
      if (tls) socket.destroy();
      else socket.end(tooMany, () => socket.destroy());
    },
  });
  server.on('request', handler(options, server, door));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    countRefused(tally, error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'timeout' : 'not-http');
    const status =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? '408 Request Timeout'
        : error.code === 'HPE_HEADER_OVERFLOW'
          ? '431 Request Header Fields Too Large'
          : '400 Bad Request';
    // A sender that does not close its side is not waited for.
    if (!socket.writable || engaged.has(socket)) socket.destroy();
    else socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`, () => socket.destroy());
  });
  // A socket that fails before it speaks HTTP or TLS is the sender's matter.
  server.on('tlsClientError', () => countRefused(tally, 'not-http'));
  return server;
}

const pages: Readonly<Record<string, string>> = {
  '/': 'seldon-usage: POST a usage report to /api/v1\n',
  '/healthz': 'ok\n',
  '/version': packageVersion,
};

/** Bodies of more bytes wait in a line of their own, one at a time. */
const smallBody = 64 * 1024;
/** Milliseconds of judging in a turn of the event loop. */
const slice = 10;
const slowInterval = 1000;

/** What a request is handled with. */
interface Means extends IngestOptions {
  readonly shares: Shares;
  /** Judges a body of so many bytes when its owner's turn has come. */
  readonly inTurn: (account: Account, bytes: number, run: () => void) => void;
}

function handler(options: IngestOptions, server: Server, door: Gate) {
  const {limits} = options;
  const shares = new Shares({...limits, memoryShare: Math.max(limits.memoryShare, 2 * limits.maxBody)});
  const [small, large] = [fairQueue<Account>(slice, false), fairQueue<Account>(0, true)];
  const means: Means = {
    ...options,
    shares,
    inTurn: (account, bytes, run) => (bytes > smallBody ? large : small).add(account, bytes, run),
  };
  const slow = setInterval(() => shares.endSlow(performance.now()), slowInterval).unref();
  server.on('close', () => clearInterval(slow));
  return (request: IncomingMessage, response: ServerResponse) => {
    // What the parser still finds in a chunk of a connection that was ended.
    if (request.socket.destroyed) return;
    options.tally.requests++;
    const begun = door.begin(request);
    if (!begun) {
      countRefused(options.tally, 'busy');
      return;
    }
    const {sender, end} = begun;
    const path = pathOf(request.url ?? '');
    if (path === '/api/v1') {
      if (request.method === 'POST') {
        const account = shares.enter(sender);
        response.once('close', () => {
          shares.leave(account);
          end();
        });
        const network = options.network?.(sender);
        const submit: Means['submit'] = (report, done) => options.submit({...report, network}, done);
        post(request, response, {...means, submit}, account);
        return;
      }
      response.once('close', end);
      answer(response, 405, 'Error: method not allowed\n', {Allow: 'POST'});
      return;
    }
    response.once('close', end);
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) answer(response, 404, 'Error: not found\n');
    else if (request.method === 'GET' || request.method === 'HEAD') answer(response, 200, page);
    else answer(response, 405, 'Error: method not allowed\n', {Allow: 'GET, HEAD'});
  };
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

/** Why a request leads to no stored report, for the count and for the sender. */
interface Refusal {
  readonly reason: string;
  readonly status: number;
  readonly message: string;
  readonly headers?: Record<string, string>;
}

const faults: Record<Exclude<BodyFault, 'gone'>, Refusal> = {
  'too-large': {reason: 'too-large', status: 413, message: 'the report is too large'},
  slow: {reason: 'timeout', status: 408, message: 'the report came too slowly'},
  busy: {reason: 'busy', status: 503, message: 'too much at once'},
  'bad-gzip': {reason: 'bad-gzip', status: 400, message: 'failed to decode record: it is not gzip'},
};

const storeDown: Refusal = {reason: 'store', status: 503, message: 'the store takes nothing at present'};

/** What the headers alone say against a request. */
function refusalOf({headers}: IncomingMessage, {maxBody}: IngestLimits): Refusal | undefined {
  if (mediaType(headers['content-type']) !== 'application/json') {
    return {reason: 'media-type', status: 415, message: 'the content type must be application/json'};
  }
  if (!['gzip', 'identity', undefined].includes(headers['content-encoding'])) {
    const message = 'the content encoding must be gzip or none';
    return {reason: 'encoding', status: 415, message, headers: {'Accept-Encoding': 'gzip'}};
  }
  return Number(headers['content-length'] ?? 0) > maxBody ? faults['too-large'] : undefined;
}

function post(request: IncomingMessage, response: ServerResponse, means: Means, account: Account): void {
  const {limits, tally, shares, inTurn} = means;
  const refuse = ({reason, status, message, headers}: Refusal) => {
    countRefused(tally, reason);
    answer(response, status, `Error: ${message}\n`, {
      ...headers,
      ...(status === 503 ? {'Retry-After': retryAfter} : {}),
    });
  };
  const refusal = refusalOf(request, limits) ?? (shares.hasItsReports(account) ? faults.busy : undefined);
  if (refusal) {
    refuse(refusal);
    return;
  }
  const gzip = request.headers['content-encoding'] === 'gzip';
  readBody(request, gzip, limits.maxBody, shares, account, (body, release) => {
    if (!body.fault) {
      const {bytes} = body;
      account.reports++;
      const done = () => {
        account.reports--;
        release();
      };
      inTurn(account, bytes.length, () => judge(bytes, response, means, refuse, done));
      return;
    }
    release();
    if (body.fault !== 'gone') refuse(faults[body.fault]);
  });
}

function judge(
  body: Buffer,
  response: ServerResponse,
  {submit, tally}: IngestOptions,
  refuse: (refusal: Refusal) => void,
  release: () => void,
): void {
  const judged = accept(body, Date.now());
  if (!judged.accepted) {
    release();
    refuse({reason: judged.reason, status: 400, message: judged.message});
    return;
  }
  const {socket} = response.req;
  engaged.add(socket);
  submit(judged.accepted, (stored) => {
    release();
    engaged.delete(socket);
    if (!stored) {
      refuse(storeDown);
      return;
    }
    tally.accepted++;
    tally.droppedResources += judged.droppedResources;
    tally.droppedFields += judged.droppedFields;
    tally.droppedExtensions += judged.droppedExtensions;
    response.writeHead(204);
    response.end();
  });
}

function mediaType(header: string | undefined): string {
  if (header === 'application/json') return header;
  return (header ?? '').split(';')[0]!.trim().toLowerCase();
}

function countRefused({refused}: IngestTally, reason: string): void {
  refused[reason] = (refused[reason] ?? 0) + 1;
}

/** Answers in plain text. What is left of the request is not read: the connection ends unless it was read whole. */
function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return;
  const unread = !response.req.complete && response.req.method !== 'GET' && response.req.method !== 'HEAD';
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
    ...(unread ? {Connection: 'close'} : {}),
    ...headers,
  });
  if (unread) engaged.add(response.req.socket);
  response.end(text);
  if (unread) discardRest(response.req);
}

/** Bytes read and thrown away so that the sender, still sending, gets to see the answer. */
const mostDiscarded = 4 * 1024 * 1024;

function discardRest(request: IncomingMessage): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostDiscarded) request.destroy();
  });
}
