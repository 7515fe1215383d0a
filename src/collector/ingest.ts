import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {packageVersion, quantityValue} from '../report/index.ts';
import {defaults} from '../settings/defaults.ts';
import {accept} from './accept.ts';
import {type AddressOptions, type Sender, senders} from './client-address.ts';
import {fairQueue} from './fair-queue.ts';
import {type Gate, gate} from './gate.ts';
import {track} from './hodometer/track.ts';
import {
  answer,
  bodyRefusal,
  countRefused,
  engaged,
  type Means,
  owed,
  type Protocol,
  retryAfter,
  type Submit,
  take,
} from './intake.ts';
import type {IngestTally} from './messages.ts';
import {noNetwork} from './network.ts';
import {type Account, type ShareLimits, Shares} from './shares.ts';

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
  maxBody: quantityValue(defaults.maxBody),
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
  readonly submit: Submit;
  readonly tally: IngestTally;
  /** The number of a sender's network; absent: none is told apart. */
  readonly network?: (sender: Sender) => number;
}

const tooMany = `HTTP/1.1 503 Service Unavailable\r\nRetry-After: ${retryAfter}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;

/** The public listener: Spartakus' protocol and Hodometer's, and nothing else. A client's address is used for its share; a keyed hash of its network goes on. */
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
    isOwed: (socket) => owed.has(socket),
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
  '/': 'seldon-usage: usage reports are posted to /api/v1, events of Hodometer go to /track\n',
  '/healthz': 'ok\n',
  '/version': packageVersion,
};

/** Bodies of more bytes wait in a line of their own, one at a time. */
const smallBody = 64 * 1024;
/** Milliseconds of judging in a turn of the event loop. */
const slice = 10;
const slowInterval = 1000;

/** Where reports are taken. */
interface Route {
  readonly methods: readonly string[];
  readonly protocol: Protocol;
}

function handler(options: IngestOptions, server: Server, door: Gate) {
  const {limits} = options;
  const shares = new Shares({...limits, memoryShare: Math.max(limits.memoryShare, 2 * limits.maxBody)});
  const [small, large] = [fairQueue<Account>(slice, false), fairQueue<Account>(0, true)];
  const means: Means = {
    submit: options.submit,
    tally: options.tally,
    shares,
    inTurn: (account, bytes, run) => (bytes > smallBody ? large : small).add(account, bytes, run),
  };
  const events = {methods: ['GET', 'POST'], protocol: track(limits.maxBody)};
  const routes: Readonly<Record<string, Route | undefined>> = {
    __proto__: null as never,
    '/api/v1': {methods: ['POST'], protocol: spartakus(limits)},
    '/track': events,
    // A base that ends in a slash.
    '//track': events,
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
    const route = routes[path];
    if (route?.methods.includes(request.method!)) {
      const account = shares.enter(sender);
      response.on('close', () => {
        shares.leave(account);
        end();
      });
      const network = options.network?.(sender) ?? noNetwork;
      take({request, response, protocol: route.protocol, account, network}, means);
      return;
    }
    response.once('close', end);
    if (route) {
      answer(response, 405, 'Error: method not allowed\n', {Allow: route.methods.join(', ')});
      return;
    }
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

/** The reports of this tool and of other volunteers. */
function spartakus({maxBody}: IngestLimits): Protocol {
  return {
    maxBody,
    retryAfter,
    refusalOf(request) {
      if (mediaType(request.headers['content-type']) !== 'application/json') {
        return {reason: 'media-type', status: 415, message: 'the content type must be application/json'};
      }
      return bodyRefusal(request, maxBody);
    },
    judge(_request, body) {
      const judged = accept(body, Date.now());
      if (!judged.accepted) return {reason: judged.reason, status: 400, message: judged.message};
      // What is counted must not keep the report.
      const {accepted, droppedResources, droppedFields, droppedExtensions} = judged;
      return {
        accepted,
        count(tally) {
          tally.accepted++;
          tally.droppedResources += droppedResources;
          tally.droppedFields += droppedFields;
          tally.droppedExtensions += droppedExtensions;
        },
      };
    },
    done(response) {
      response.writeHead(204);
      response.end();
    },
    refuse: (response, {status, message}, headers) => answer(response, status, `Error: ${message}\n`, headers),
  };
}

function mediaType(header: string | undefined): string {
  if (header === 'application/json') return header;
  return (header ?? '').split(';')[0]!.trim().toLowerCase();
}
