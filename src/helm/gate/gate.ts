// Helm speaks to the cluster through this, and through nothing else: a server on this machine that holds what Helm asks
// against the plan, and asks the API server itself, as the user, for what is in it.
import {createHash, randomBytes, timingSafeEqual} from 'node:crypto';
import {once} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import type {Connection} from '../../cluster/connection/connection.ts';
import {systemCode, UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Release} from '../record.ts';
import type {FoundRelease} from '../releases.ts';
import {type Answer, statusAnswer} from './answer.ts';
import {type Ask, mostBody, Refused, readAsk, requirePlain} from './ask.ts';
import {boundConnections, type GateBounds, Turns, usualBounds} from './bounds.ts';
import {ownCertificate} from './certificate.ts';
import {discovery} from './discovery.ts';
import {nameOfAsk} from './name-of-ask.ts';
import {type Permitted, planned} from './objects.ts';
import {Records} from './records.ts';

/** What one run of Helm may do. */
export interface Stage {
  /** Objects of the plan, as far as they are known by now. */
  permitted(): Promise<Permitted>;
  /** What is wrong with the next record, one clause each; absent in a rehearsal. */
  readonly checkRecord?: (record: Release) => string[];
}

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
  const records = new Records(connection, release);
  const ended = new AbortController();
  let stage: Stage | undefined;
  let stopped = false;
  let refusal: string | undefined;

  function stop(): void {
    stopped = true;
    records.stop();
  }

  async function decide(ask: Ask): Promise<Answer> {
    const failed = stopped;
    const found = failed ? undefined : await discovery(connection, ask);
    const answer = found ?? (await records.answer(ask, stage?.checkRecord, failed));
    if (answer) return answer;
    if (!failed && stage) {
      const object = await planned(connection, release, await stage.permitted(), ask);
      if (object) return object;
    }
    throw new Refused('the change needs no such thing');
  }

  async function refuse(request: IncomingMessage, ask: Ask | undefined, {message}: Refused): Promise<Answer> {
    stop();
    const what = await nameOfAsk(connection, request, ask);
    if (refusal === undefined) {
      refusal = `${what}: ${clean(message, 400)}`;
      ended.abort('SIGTERM');
    }
    return statusAnswer(403, 'Forbidden', `${what} is not part of the change`);
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    let ask: Ask | undefined;
    try {
      requirePlain(request);
      ask = readAsk(request, await bodyOf(request));
      return await decide(ask);
    } catch (error) {
      if (error instanceof Refused) return refuse(request, ask, error);
      // What the plan's objects are could not be found out.
      if (error instanceof UserError && error.code !== 'cluster')
        return refuse(request, ask, new Refused(error.message));
      const code = systemCode(error);
      if (!(error instanceof UserError) && code === undefined)
        return refuse(request, ask, new Refused(`the gate fails over it (${String(error)})`));
      return statusAnswer(
        502,
        'ServiceUnavailable',
        error instanceof UserError ? error.message : `no answer (${code})`,
      );
    }
  }

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
        send(response, await answer(request));
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
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': context,
        contexts: [{name: context, context: {cluster: 'gate', user: 'gate', namespace}}],
        clusters: [
          {
            name: 'gate',
            cluster: {
              server: `https://${address}:${port}`,
              'certificate-authority-data': Buffer.from(cert).toString('base64'),
            },
          },
        ],
        users: [{name: 'gate', user: {token}}],
      }),
    admit(next) {
      stage = next;
    },
    refusal: () => refusal,
    ended: ended.signal,
    stopBeforeChange() {
      if (records.begun) return false;
      stop();
      return true;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
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

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBody) throw new Refused(`its body is larger than ${mostBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
