// Helm speaks to the cluster through this, and through nothing else: a server on this machine that holds what Helm asks
// against the plan, and asks the API server itself, as the user, for what is in it.
import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';
import {once} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import type {Connection} from '../../cluster/connection/connection.ts';
import {UserError} from '../../errors.ts';
import type {FoundRelease} from '../releases.ts';
import {type Answer, statusAnswer} from './answer.ts';
import {boundConnections, type GateBounds, Turns, usualBounds} from './bounds.ts';
import {ownCertificate} from './certificate.ts';
import {Judge, type Stage} from './judge.ts';

export interface Gate {
  /** Text of the kubeconfig that leads here: the address, the only certificate to trust, a token for this run. */
  kubeconfig(context: string, namespace: string): string;
  /** From now on, the next run of Helm may do this. */
  admit(stage: Stage): void;
  /** What was not let through first, and why: the run must end. Absent as long as all was as planned. */
  refusal(): string | undefined;
  /** Aborted, with the name of a signal for Helm, once something was not let through. */
  readonly ended: AbortSignal;
  /**
   * From now on nothing is let through, unless the change has begun.
   *
   * @returns whether it has not: no record of a new revision was sent to the cluster, so that Helm may be killed
   */
  stopBeforeChange(): boolean;
  close(): void;
}

/**
 * Opens the gate for one release, on a free port of 127.0.0.1 (::1 where there is none). Until `admit` it passes discovery
 * and the release's record only.
 *
 * @param limits instead of the usual patience, milliseconds, and of the usual bounds
 * @throws {UserError} input, if this machine lets no port be opened
 */
export async function openGate(
  connection: Connection,
  release: FoundRelease,
  limits: Partial<typeof patience & GateBounds> = {},
): Promise<Gate> {
  const bounds = {...usualBounds, ...limits};
  const turns = new Turns(bounds.asks);
  const token = randomBytes(32).toString('base64url');
  const judge = new Judge(connection, release);

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    if (!isKnown(request.headers.authorization, token)) {
      // Nothing more of it is read.
      response.setHeader('connection', 'close');
      send(response, statusAnswer(401, 'Unauthorized', 'Unauthorized'));
      return;
    }
    known(request.socket);
    const over = new Promise((resolve) => response.once('close', resolve));
    turns
      .take(async () => {
        if (response.closed) return;
        send(response, await judge.answer(request));
        // The answer is held until it is taken.
        await over;
      })
      .catch(() => response.destroy());
  };
  const {server, cert, address} = await listen(handle, limits);
  const known = boundConnections(server, bounds);
  const {port} = server.address() as AddressInfo;

  return {
    kubeconfig: (context, namespace) =>
      kubeconfigOf({server: `https://${address}:${port}`, cert, token, context, namespace}),
    admit: (stage) => judge.admit(stage),
    refusal: () => judge.refusal,
    ended: judge.ended,
    stopBeforeChange: () => judge.stopBeforeChange(),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function kubeconfigOf({
  server,
  cert,
  token,
  context,
  namespace,
}: Readonly<Record<'server' | 'cert' | 'token' | 'context' | 'namespace', string>>): string {
  const authority = Buffer.from(cert).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    contexts: [{name: context, context: {cluster: 'gate', user: 'gate', namespace}}],
    clusters: [{name: 'gate', cluster: {server, 'certificate-authority-data': authority}}],
    users: [{name: 'gate', user: {token}}],
  });
}

function send(response: ServerResponse, {status, headers, body}: Answer): void {
  const {req: request} = response;
  // An answer without a body says so by its status.
  const length = status === 304 || status === 204 ? {} : {'content-length': body.length};
  response.writeHead(status, {...headers, ...length}).end(body, () => {
    if (!request.complete) request.destroy();
  });
}

/**
 * Longest that a client may take, milliseconds: Helm is on this machine, and has its requests ready. Other users of the
 * machine reach the port too; a connection of theirs says nothing, and is gone soon.
 */
const patience = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1000,
};

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Listening {
  readonly server: Server;
  /** PEM of its certificate. */
  readonly cert: string;
  /** As in a URL. */
  readonly address: string;
}

/** 127.0.0.1 and ::1, as in a URL and as bytes. */
const addresses = [
  {host: '127.0.0.1', address: '127.0.0.1', bytes: Uint8Array.of(127, 0, 0, 1)},
  {host: '::1', address: '[::1]', bytes: Uint8Array.of(...Array<number>(15).fill(0), 1)},
];

async function listen(handle: Handle, limits: Partial<typeof patience>): Promise<Listening> {
  let cause: unknown;
  for (const {host, address, bytes} of addresses) {
    const {cert, key} = ownCertificate(bytes);
    const server = createServer({cert, key, minVersion: 'TLSv1.3', ...patience, ...limits}, handle);
    // Helm may think for longer than Node.js waits: a write on a connection that is just being closed would fail.
    server.keepAliveTimeout = 0;
    // Not told to go on before it is known who asks.
    server.on('checkContinue', handle);
    try {
      // What uses the gate keeps the program running, the gate itself does not.
      await once(server.listen(0, host).unref(), 'listening');
      return {server, cert, address};
    } catch (error) {
      cause = error;
    }
  }
  throw new UserError(
    'input',
    'No port of this machine’s own address can be opened, and Helm is held to the plan through one.',
    {
      cause,
    },
  );
}

/** Whether the header presents the token; the time it takes says nothing about the token. */
function isKnown(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}
