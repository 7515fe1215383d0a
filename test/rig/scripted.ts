// A scripted server: for faults that the real API server cannot be made to show, and for the shapes of old ones.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import {type AddressInfo, createServer as createRawServer, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Authority, type Identity, makeAuthority} from './certificates.ts';

/** An answer from a can. */
export interface Canned {
  status?: number;
  headers?: Record<string, string>;
  /** Text and bytes as they are, anything else as JSON. */
  body?: unknown;
  /** Sent after the body, one by one; a number is a pause in milliseconds. */
  chunks?: (string | Uint8Array | number)[];
  /** Milliseconds before anything is answered. */
  delay?: number;
  /** Breaks the connection after so many bytes of the body; 0 breaks it instead of answering. */
  destroyAfter?: number;
  /** Sends what there is and then stays silent with the connection open; alone, it does not even answer. */
  hang?: boolean;
}

/** What was asked, and when it was asked in the order of all requests. */
export interface SeenRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  body: string;
  /** The common name of the client's certificate. */
  client?: string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, seen: SeenRequest) => void | Promise<void>;

/** One answer for always, or a list of them for one request after the other, the last for all that follow. */
export type Route = Canned | Handler | (Canned | Handler)[];

export interface ScriptedOptions {
  /** By `/path`, or by `METHOD /path`; `*` takes what no other route does. */
  routes: Record<string, Route>;
  /** `false` for plain HTTP, a certificate of one's own for a bad one; otherwise one signed by `ca`. */
  tls?: Identity | false;
  /** Asks for client certificates of this authority, without insisting. */
  clients?: Authority;
  address?: '127.0.0.1' | '::1';
}

export interface Scripted {
  url: string;
  port: number;
  /** Signed the server's certificate, if none was given. */
  ca: string;
  requests: SeenRequest[];
  close(): Promise<void>;
}

const notFound = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'NotFound',
  code: 404,
  message: 'not found',
};

/** Starts a server on a free loopback port that answers by the routes and records what it was asked. */
export async function startScripted({routes, tls, clients, address = '127.0.0.1'}: ScriptedOptions): Promise<Scripted> {
  const authority = await makeAuthority('scripted authority');
  const requests: SeenRequest[] = [];
  const calls = new Map<string, number>();

  const listener: RequestListener = async (request, response) => {
    // A test that breaks connections is not interested in what breaks here.
    response.on('error', () => {});
    try {
      const seen = await record(request);
      requests.push(seen);
      const names = [`${seen.method} ${seen.path}`, seen.path, '*'];
      const name = names.find((each) => Object.hasOwn(routes, each));
      const answer = name === undefined ? {status: 404, body: notFound} : next(routes[name] as Route, name, calls);
      await (typeof answer === 'function' ? answer(request, response, seen) : send(answer, request, response));
    } catch (error) {
      response.destroy(error as Error);
    }
  };

  const identity = tls ?? (await authority.server());
  const clientAuthority = clients && {requestCert: true, rejectUnauthorized: false, ca: clients.cert};
  const server = identity ? createTlsServer({...identity, ...clientAuthority}, listener) : createServer(listener);
  const {port, close} = await listenOnLoopback(server, address);
  const url = `${identity ? 'https' : 'http'}://${address === '::1' ? '[::1]' : address}:${port}`;
  return {url, port, ca: authority.cert, requests, close};
}

/** Starts a server that accepts connections and never says a word: not even a TLS handshake. */
export async function startSilent(): Promise<{port: number; close(): Promise<void>}> {
  return listenOnLoopback(
    createRawServer(() => {}),
    '127.0.0.1',
  );
}

interface Listening {
  listen(port: number, address: string, listening: () => void): unknown;
  close(closed: () => void): unknown;
  address(): AddressInfo | string | null;
  on(event: 'connection', listener: (socket: Socket) => void): unknown;
}

/** Lets a server listen on a free port; closing it also breaks the connections that it still has. */
export async function listenOnLoopback(
  server: Listening,
  address: string,
): Promise<{port: number; close(): Promise<void>}> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const {port} = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {port, close};
}

async function record(request: IncomingMessage): Promise<SeenRequest> {
  const {pathname, searchParams} = new URL(request.url ?? '/', 'http://scripted');
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const socket = request.socket as {getPeerCertificate?: () => {subject?: {CN?: string}}};
  const client = socket.getPeerCertificate?.().subject?.CN;
  return {
    method: request.method ?? '',
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: request.headers,
    body: Buffer.concat(parts).toString(),
    ...(client !== undefined && {client}),
  };
}

function next(route: Route, name: string, calls: Map<string, number>): Canned | Handler {
  if (!Array.isArray(route)) return route;
  const call = calls.get(name) ?? 0;
  calls.set(name, call + 1);
  return route[Math.min(call, route.length - 1)] ?? {status: 404, body: notFound};
}

async function send(canned: Canned, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {
    status = 200,
    headers = {},
    body,
    chunks = [],
    delay = 0,
    destroyAfter = Number.POSITIVE_INFINITY,
    hang,
  } = canned;
  if (delay > 0) await sleep(delay, undefined, {ref: false});
  if (destroyAfter === 0) return void request.socket.destroy();
  if (hang && body === undefined && chunks.length === 0) return;
  const verbatim = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  response.writeHead(status, {'content-type': verbatim ? 'text/plain' : 'application/json', ...headers});
  // Headers leave at once, as a server's do that streams.
  response.flushHeaders();
  let left = destroyAfter;
  for (const piece of [verbatim ? (body ?? '') : JSON.stringify(body), ...chunks]) {
    if (typeof piece === 'number') {
      // The connection keeps the process alive, not the pause: a test that is over need not wait for it.
      await sleep(piece, undefined, {ref: false});
      continue;
    }
    const bytes = Buffer.from(piece).subarray(0, left);
    // Waits until it is written: what is still in a buffer would be lost with the connection.
    if (bytes.length > 0)
      await new Promise<void>((resolve, reject) => response.write(bytes, (e) => (e ? reject(e) : resolve())));
    left -= bytes.length;
    if (left === 0) return void request.socket.destroy();
  }
  if (!hang) response.end();
}
