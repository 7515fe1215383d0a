import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {clean} from '../foreign.ts';
import {type Access, accessCheck} from './access.ts';
import {type Address, isLoopback, listenError} from './address.ts';
import {senders} from './client-address.ts';
import {toCsv} from './csv.ts';
import {dashboardFiles} from './dashboard-files.ts';
import {gate} from './gate.ts';
import {heldReader} from './held-reader.ts';
import type {Counts} from './messages.ts';
import {metrics} from './metrics.ts';
import {noStatistics, passingPage} from './passing-page.ts';
import {dayOf, grains} from './periods.ts';
import {questions, type Statistics} from './series.ts';
import {statistics, type Wanted} from './statistics.ts';
import type {Reader} from './store/contract.ts';
import {StoreTrouble} from './store/trouble.ts';
import {followPair} from './tls-pair.ts';

export interface AdminOptions {
  readonly address: Address;
  /** Needed for any address but loopback. */
  readonly token?: string | undefined;
  readonly tls?: {readonly cert: string; readonly key: string} | undefined;
  /** What is folded unless a question says otherwise. */
  readonly minCell: number;
  /** Names of the sinks that this collector only passes on to: it has no statistics. */
  readonly passesTo?: readonly string[] | undefined;
  /** Opens the store. */
  readonly reader: () => Promise<Reader>;
  readonly counts: Counts;
  /** Is given lines for a log. */
  readonly say: (line: string) => void;
}

/** Open connections; where there are more, the one that has been silent the longest goes. */
const mostConnections = 256;
/** Milliseconds for a TLS handshake, for headers, and for a client to read something of its answer. */
const patience = 10_000;
const timeouts = {headersTimeout: patience, requestTimeout: 30_000, connectionsCheckingInterval: 5000};

/** Headers of every answer of the private listener. */
const headers = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** The private listener: dashboard, statistics, metrics. It changes nothing. */
export async function startAdmin(options: AdminOptions): Promise<{address: Address; stop(): Promise<void>}> {
  const reader = heldReader(options.reader);
  const routes = routesOf(options, reader);
  const check = accessCheck(options.address, options.token);
  const handle = (request: IncomingMessage, response: ServerResponse, access: Access) => {
    respond(request, access, routes)
      .catch((error): Answer => {
        reader.lose();
        if (error instanceof StoreTrouble)
          return plain(503, 'Error: the store cannot be read at present\n', {'Retry-After': '10'});
        options.say(
          `A question could not be answered; this is a bug, please report it: ${clean(error?.stack ?? error, 600)}`,
        );
        return plain(500, 'Error: this is a bug; the log of the collector says more\n');
      })
      .then(({status, type = 'text/plain; charset=utf-8', body, headers: more}) => {
        response.writeHead(status, {
          ...headers,
          'Content-Type': type,
          'Content-Length': Buffer.byteLength(body),
          ...more,
        });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  };
  // On loopback nobody listens in, and `stats` asks there without a certificate's name.
  const tls = isLoopback(options.address) ? undefined : options.tls;
  const secure = tls && createSecureServer({...timeouts, ...tls, handshakeTimeout: patience});
  if (secure) followPair(secure);
  const server: Server = secure ?? createServer(timeouts);
  const door = gate(server, {
    senders: senders({trustedProxies: [], sharedAddresses: []}),
    limits: {total: mostConnections, share: mostConnections},
    patience,
    refuse: (socket) => socket.destroy(),
  });
  server.on('request', (request, response) => {
    const access = check(request);
    // Only what may be asked keeps its connection when others need room.
    if (access === 'allowed') {
      const begun = door.begin(request);
      if (!begun) return;
      response.once('close', begun.end);
    }
    handle(request, response, access);
  });
  await listen(server, options.address);
  const current = setInterval(() => reader.dropStale(), 1000);
  return {
    address: {host: options.address.host, port: (server.address() as {port: number}).port},
    async stop() {
      clearInterval(current);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      reader.lose();
    },
  };
}

async function listen(server: Server, address: Address): Promise<void> {
  const listening = Promise.withResolvers<void>();
  server.once('error', listening.reject);
  server.listen(address, listening.resolve);
  try {
    await listening.promise;
  } catch (error) {
    throw listenError(error, address);
  }
}

type Routes = Readonly<Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>>;

function routesOf(options: AdminOptions, reader: ReturnType<typeof heldReader>): Routes {
  const {counts} = options;
  const prometheus = metrics(counts, () => reader.get());
  const ask = async (query: URLSearchParams): Promise<Statistics | Answer> => {
    const wanted = wantedOf(query, options.minCell);
    if (typeof wanted === 'string') return plain(400, `Error: ${wanted}\n`);
    // All of an answer is of one state: a count that falls between two series would have them contradict each other.
    const series = await (await reader.get()).still((state) => statistics(state, wanted));
    return {generated: new Date().toISOString(), minCell: wanted.minCell, series};
  };
  const files = Object.fromEntries(
    Object.entries(dashboardFiles()).map(([path, {type, body}]) => [path, () => ({status: 200, type, body})]),
  );
  const common: Routes = {
    ...files,
    '/healthz': () => (counts.store.trouble ? plain(503, `${counts.store.trouble}\n`) : plain(200, 'ok\n')),
    '/metrics': async () => ({status: 200, type: prometheus.type, body: await prometheus.text()}),
  };
  if (options.passesTo) {
    const none = () => plain(501, `Error: ${noStatistics(options.passesTo!)}\n`);
    const page = passingPage(options.passesTo);
    return {
      ...common,
      '/': () => ({status: 200, type: 'text/html; charset=utf-8', body: page}),
      '/api/v1/stats': none,
      '/api/v1/stats.csv': none,
    };
  }
  return {
    ...common,
    '/api/v1/stats': async (query) => {
      const answer = await ask(query);
      if ('status' in answer) return answer;
      return {status: 200, type: 'application/json; charset=utf-8', body: `${JSON.stringify(answer)}\n`};
    },
    '/api/v1/stats.csv': async (query) => {
      const answer = await ask(query);
      if ('status' in answer) return answer;
      const disposition = {'Content-Disposition': 'attachment; filename="seldon-usage.csv"'};
      return {status: 200, type: 'text/csv; charset=utf-8', body: toCsv(answer.series), headers: disposition};
    },
  };
}

async function respond({method, url = ''}: IncomingMessage, access: Access, routes: Routes): Promise<Answer> {
  if (access === 'wrong-host') return plain(421, 'Error: this host name is not served here\n');
  if (access === 'no-token') {
    return plain(401, 'Error: the token is missing or wrong\n', {'WWW-Authenticate': 'Basic realm="seldon-usage"'});
  }
  const [path = '', query] = url.split('?', 2);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!route) return plain(404, 'Error: not found\n');
  if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Error: method not allowed\n', {Allow: 'GET, HEAD'});
  return route(new URLSearchParams(query));
}

function plain(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return {status, body, headers};
}

/** The question of a query, or what is wrong with it: `min-cell`, `grain`, `series` (both repeatable), `periods`. */
function wantedOf(query: URLSearchParams, minCell: number): Wanted | string {
  const wantedGrains = query.getAll('grain');
  const names = query.getAll('series');
  const number = (name: string, most: number): number | undefined => {
    const text = query.get(name);
    return text !== null && /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most
      ? Number(text)
      : undefined;
  };
  for (const key of query.keys()) {
    if (!['min-cell', 'grain', 'series', 'periods'].includes(key))
      return 'unknown parameter; known are min-cell, grain, series, periods';
  }
  if (query.has('min-cell') && number('min-cell', 100_000) === undefined) return 'min-cell must be a number from 1';
  if (query.has('periods') && number('periods', 2000) === undefined) return 'periods must be a number from 1 to 2000';
  if (!wantedGrains.every((grain) => grains.some((known) => known === grain)))
    return `grain must be ${grains.join(', ')}`;
  if (!names.every((name) => questions.some((question) => question.name === name))) {
    return `series must be ${questions.map(({name}) => name).join(', ')}`;
  }
  return {
    today: dayOf(Date.now()),
    minCell: number('min-cell', 100_000) ?? minCell,
    grains: wantedGrains.length > 0 ? (wantedGrains as Wanted['grains']) : undefined,
    names: names.length > 0 ? (names as Wanted['names']) : undefined,
    periods: number('periods', 2000),
  };
}
