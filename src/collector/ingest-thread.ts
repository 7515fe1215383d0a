import type {Server as SecureServer} from 'node:https';
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {listenError} from './address.ts';
import type {AddressOptions} from './client-address.ts';
import {type IngestLimits, ingestServer} from './ingest.ts';
import {failureOf, type IngestTally, type PackedReport, pack, type StoredMessage} from './messages.ts';
import {networkNumbers} from './network.ts';
import {followPair} from './tls-pair.ts';

/** An HTTP thread of the public listener: reads and judges reports, and answers when the database thread has them on disk. */

/** What the thread is started with. */
export interface IngestThreadData {
  readonly host: string;
  readonly port: number;
  /** Whether other threads listen on the same port. */
  readonly shared: boolean;
  /** Key of the hash of networks. */
  readonly secret: Uint8Array;
  readonly limits: IngestLimits;
  readonly addresses: AddressOptions;
  readonly tls?: {readonly cert: string; readonly key: string} | undefined;
}

const tallyInterval = 1000;
/** Reports in a message to the database thread, which need not wait for the rest of a long turn. */
const mostAtOnce = 64;
/** Milliseconds that requests in flight get to finish when the program ends. */
const grace = 10_000;

const {store, ...data} = workerData as IngestThreadData & {store: MessagePort};
const tally: IngestTally = {
  requests: 0,
  accepted: 0,
  events: 0,
  refused: Object.create(null),
  droppedResources: 0,
  droppedFields: 0,
  droppedExtensions: 0,
  connections: 0,
};

let rows: PackedReport[] = [];
let answers: ((stored: boolean) => void)[] = [];
let batch = 0;
const underway = new Map<number, typeof answers>();

const server = ingestServer({
  limits: data.limits,
  addresses: data.addresses,
  tls: data.tls,
  tally,
  network: networkNumbers(data.secret),
  submit(report, network, done) {
    // One message for all that arrives in a turn of the event loop.
    if (rows.length === 0) setImmediate(send);
    rows.push(pack(report, network));
    answers.push(done);
    if (rows.length === mostAtOnce) send();
  },
});

if ('setSecureContext' in server) followPair(server as SecureServer);

function send(): void {
  if (rows.length === 0) return;
  underway.set(++batch, answers);
  store.postMessage({batch, rows});
  rows = [];
  answers = [];
}

store.on('message', ({batch, stored}: StoredMessage) => {
  for (const [i, done] of (underway.get(batch) ?? []).entries())
    done(typeof stored === 'boolean' ? stored : stored[i]!);
  underway.delete(batch);
});

let told: Record<string, number> = {};

/** Tells the main thread the sums, and the database thread what was refused since the last time. */
function tell(): void {
  const refused: Record<string, number> = {};
  for (const [reason, count] of Object.entries(tally.refused)) {
    if (count > (told[reason] ?? 0)) refused[reason] = count - (told[reason] ?? 0);
  }
  told = {...tally.refused};
  if (Object.keys(refused).length > 0) store.postMessage({refused});
  parentPort!.postMessage({tally: {...tally, refused: told}});
}
const tallies = setInterval(tell, tallyInterval);

parentPort!.on('message', () => {
  clearInterval(tallies);
  // Connections that were in use when the listener closed go as soon as their answer is out.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  server.close(() => {
    clearInterval(idle);
    tell();
    parentPort!.postMessage({closed: true});
    parentPort!.close();
    store.close();
  });
  setTimeout(() => server.closeAllConnections(), grace).unref();
});

const refused = (error: Error) => parentPort!.postMessage({failed: failureOf(listenError(error, data))});
server.once('error', refused);
server.listen({host: data.host, port: data.port, ...(data.shared ? {reusePort: true} : {})}, () => {
  server.off('error', refused);
  parentPort!.postMessage({ready: true, listening: (server.address() as {port: number}).port});
});
