import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {telling} from './arrived.ts';
import {groupCommit} from './group-commit.ts';
import {hourWatch} from './hour-watch.ts';
import {kindNames} from './kinds.ts';
import {emptyStoreTally, failureOf, type StoreTally, type StoreThreadData} from './messages.ts';
import {newcomers} from './newcomers.ts';
import {dayOf} from './periods.ts';
import {queueRoom} from './queue-room.ts';
import {type ResilientStore, resilientStore} from './resilient-store.ts';
import {tooOld} from './retention.ts';
import type {Admits, Writer} from './store/contract.ts';
import {type StoreClock, storeClock} from './store-clock.ts';

/** The database thread: the one writer of the store. */

/** Rows erased in one transaction, so that reports wait for milliseconds and not for the whole. */
const erasedAtOnce = 500;
/** Milliseconds between two looks for what is too old. */
const retentionInterval = 60_000;
const tallyInterval = 1000;
/** Rows that are counted in one transaction, for the same reason. */
const countedAtOnce = 200;
/** Milliseconds between two looks for what is to be counted; while there is something, so many times what a step took. */
const countInterval = 1000;
const [whileBusy, whileIdle] = [19, 1];
/** Reports that are packed in one transaction. */
const packedAtOnce = 50;
/** Milliseconds between two looks for reports that are to be packed. */
const packInterval = 60_000;
/** Milliseconds between two looks for reports that every sink has settled. */
const letGoInterval = 1000;

const {
  store: address,
  keep,
  ports,
  trustClock,
  newClusters,
  sinks,
  mostWaiting,
  watch: isWatched,
} = workerData as StoreThreadData & {ports: MessagePort[]};
const tally: StoreTally = {...emptyStoreTally};

async function start(store: ResilientStore): Promise<void> {
  const clock = await storeClock(store, {trust: trustClock, say});
  // One for each kind: neither takes the other's.
  const bounds = {spartakus: newcomers(newClusters), hodometer: newcomers(newClusters)};
  const admits: Admits = (network, day, kind) => bounds[kind].admits(network, day);
  const watch = hourWatch(say);
  const arrivals = isWatched ? telling((arrived, more) => parentPort!.postMessage({arrived, more})) : undefined;
  let mayErase = false;
  const tick = () => {
    const now = clock.now();
    // At the start, and as soon as a clock in doubt is settled.
    const couldErase = mayErase;
    mayErase = clock.erasable() !== undefined;
    if (mayErase && !couldErase) setImmediate(() => void discard(store, clock));
    watch.look(now);
    tally.isOwned = watch.isOwned();
    tally.clockAhead = clock.ahead();
  };
  tick();
  const room = store.relay ? queueRoom(store, mostWaiting, say) : undefined;
  const commits = groupCommit(ports, {
    ...(room ? {admit: (batch) => room.admit(batch)} : {}),
    async append(batch) {
      const before = performance.now();
      const dated = await clock.date(batch);
      const stored = dated !== undefined && (await store.append(dated, admits));
      for (const kind of kindNames) tally.unranked += bounds[kind].settle(stored);
      tally.commits++;
      tally.commitSeconds += (performance.now() - before) / 1000;
      if (stored) {
        tally.stored += batch.length;
        watch.see(dated!);
        arrivals?.see(dated!);
      } else room?.undo();
      return stored;
    },
    async countRefused(reasons) {
      const today = await clock.today();
      if (today) await store.attempt((writer) => writer.countRefused(today.day, reasons, today.span));
    },
  });
  const stops = store.relay ? [packOn(store), letGoOn(store)] : [countOn(store, clock), packOn(store)];
  const retention = setInterval(() => void discard(store, clock), retentionInterval);
  const tallies = setInterval(async () => {
    tick();
    arrivals?.tick();
    full = await room?.trouble();
    tell(store);
  }, tallyInterval);
  parentPort!.on('message', async () => {
    clearInterval(retention);
    clearInterval(tallies);
    for (const stop of stops) stop();
    await commits.finish();
    await clock.keep();
    tell(store);
    await store.close();
    parentPort!.postMessage({closed: true});
    for (const port of [...ports, parentPort!]) port.close();
  });
  parentPort!.postMessage({ready: true});
}

/** Counts what changed. Where a page of the counters is damaged reports are taken all the same. */
function countOn(store: ResilientStore, clock: StoreClock): () => void {
  return aside(store, countInterval, (writer) => {
    const today = dayOf(clock.now());
    return writer.count({today, oldest: today - keep.days}, countedAtOnce);
  });
}

/** Erases what was passed on, where nothing else is kept; what it left in the log goes with the next look for what is too old. */
function letGoOn(store: ResilientStore): () => void {
  return aside(store, letGoInterval, async (writer) => {
    const count = await writer.relay!.letGo(erasedAtOnce);
    isUnsettled ||= count > 0;
    return count > 0;
  });
}

/** Makes reports smaller that are on disk. */
function packOn(store: ResilientStore): () => void {
  return aside(store, packInterval, (writer) => writer.pack(packedAtOnce));
}

/**
 * Does something again and again, a little at a time; others have the thread for the most of it.
 *
 * @param interval milliseconds to rest when nothing is left to be done
 */
function aside(store: ResilientStore, interval: number, step: (writer: Writer) => Promise<boolean>): () => void {
  let timer: NodeJS.Timeout;
  let isStopped = false;
  let commits = 0;
  const run = async () => {
    const before = performance.now();
    const more = await store.aside(step);
    const share = tally.commits === commits ? whileIdle : whileBusy;
    commits = tally.commits;
    const rest = more ? share * (performance.now() - before) : interval;
    if (!isStopped) timer = setTimeout(() => void run(), rest);
  };
  timer = setTimeout(() => void run(), interval);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}

function tell(store: ResilientStore): void {
  parentPort!.postMessage({tally: {...tally, trouble: store.trouble() ?? full} satisfies StoreTally});
}

let discarding = false;
/** What was erased may still be in a file. */
let isUnsettled = false;
/** Why a queue takes nothing, although its file does. */
let full: string | undefined;

/** Erases what is too old, a little at a time, with the reports that arrive in between. */
async function discard(store: ResilientStore, clock: StoreClock): Promise<void> {
  await clock.keep();
  const now = clock.erasable();
  if (discarding || now === undefined) return;
  discarding = true;
  const before = tooOld(now, keep);
  let any = isUnsettled;
  isUnsettled = false;
  for (;;) {
    const erased = await store.attempt((writer) => writer.discard(before, erasedAtOnce));
    if (!erased) break;
    tally.discardedReports += erased.reports;
    tally.discardedDays += erased.days;
    if (erased.reports + erased.days === 0) break;
    any = true;
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (any && !(await store.attempt((writer) => writer.settle()))) isUnsettled = true;
  discarding = false;
}

function say(line: string): void {
  parentPort!.postMessage({say: line});
}

try {
  // Before anything is taken: what comes waits for each of the sinks.
  await start(await resilientStore(address, say, (writer) => writer.passOn(sinks)));
} catch (error) {
  parentPort!.postMessage({failed: failureOf(error)});
}
