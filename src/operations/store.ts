import {clusterKey} from '../collector/cluster-key.ts';
import {dayOf, millisecondsADay} from '../collector/periods.ts';
import {placeOf} from '../collector/place.ts';
import type {Contents, KnownCluster} from '../collector/store/contract.ts';
import {openStore} from '../collector/store/engines.ts';
import type {Erasure} from '../collector/store/queue.ts';
import {unlessTrouble} from '../collector/store/trouble.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Surroundings} from '../settings.ts';

/** Asks the person; false where there is none. */
export type Ask = (question: string) => Promise<boolean>;

/** Which store is changed, and who is asked before. */
export interface ChangeOfStore {
  readonly store: string | undefined;
  readonly ask: Ask;
}

/** The same where it may be the queue of a collector that only passes on. */
export interface ChangeOfPlace extends Named {
  readonly ask: Ask;
}

/** What a person names: a store, or a sink and the queue for it. */
export interface Named {
  readonly store?: string | undefined;
  readonly queue?: string | undefined;
}

/**
 * A store of which more is asked than the queue of a collector that only passes on has.
 *
 * @throws {UserError} input
 */
export async function keepingStore(store: string | undefined, around: Surroundings) {
  const {address, sink} = placeOf({store}, around);
  if (sink) throw passesOnly(address.shown, [sink.name]);
  const opened = await openStore(address);
  // What is wrong with it is said by what is asked of it.
  const sinks = await opened.maintenance.passesOnlyTo().catch(unlessTrouble);
  if (sinks) throw passesOnly(opened.shown, sinks);
  return opened;
}

/** What is said of such a queue where it was to be more. */
export function passesOnly(shown: string, sinks: readonly string[]): UserError {
  const where = sinks.map((sink) => clean(sink)).join(' and ') || 'nobody yet';
  return new UserError(
    'input',
    `${clean(shown)} is the queue of a collector that only passes on, to ${where}: it keeps no reports and no figures.`,
    {
      suggestions: [
        'Ask where they go. seldon-usage serve check tells how many wait here; serve forget erases a cluster here and there.',
      ],
    },
  );
}

/**
 * The clusters that the store knows, those first that reported last.
 *
 * @param limit so many at most
 * @throws {UserError} input, at the first one, if the store can't be read
 */
export async function listClusters(
  store: string | undefined,
  limit: number | undefined,
  around: Surroundings,
): Promise<{store: string; clusters: AsyncIterable<KnownCluster>}> {
  const {shown, maintenance} = await keepingStore(store, around);
  return {store: shown, clusters: take(maintenance.clusters(), limit ?? Number.POSITIVE_INFINITY)};
}

async function* take<T>(all: AsyncIterable<T>, most: number): AsyncIterable<T> {
  let count = 0;
  for await (const one of all) {
    if (++count > most) return;
    yield one;
  }
}

/** What was erased of a cluster. */
export interface Forgotten {
  readonly clusterID: string;
  readonly store: string;
  readonly reports: number;
  readonly days: number;
  /** False if traces are left in the log of a store whose server was too busy; they go when the server stops. */
  readonly settled: boolean;
  /** It is the queue of a collector that only passes on. */
  readonly passesOnly?: true;
  /** How far the erasing has come at the sinks of the collector; `goneBy`: milliseconds, when nothing deleted is kept any more. */
  readonly sinks: readonly (Erasure & {readonly goneBy?: number})[];
}

/** Days that BigQuery keeps what was deleted, at most: seven of time travel, then seven of its fail-safe storage. */
const daysKept = 14;

function withEnd(erasure: Erasure): Forgotten['sinks'][number] {
  const {state, at} = erasure;
  return state === 'deleted' && at !== undefined ? {...erasure, goneBy: at + daysKept * millisecondsADay} : erasure;
}

/**
 * Erases everything that is kept of a cluster.
 *
 * @throws {UserError} input, or usage if the person does not want it
 */
export async function forgetCluster(
  clusterID: string,
  {ask, ...named}: ChangeOfPlace,
  around: Surroundings,
): Promise<Forgotten> {
  const {shown, reader, writer: open, maintenance} = await openStore(placeOf(named, around).address);
  // Nobody is asked about a store that is not there.
  await (await reader()).close();
  if (!(await ask(`Erase all that ${clean(shown)} keeps of the cluster ${clean(clusterID, 100)}?`))) {
    throw new UserError('usage', 'Nothing was erased.', {suggestions: ['--yes answers the question.']});
  }
  const writer = await open({create: false});
  try {
    const cluster = clusterKey(clusterID);
    // Asked again, it tells how far the sinks are: what they were to erase before need not be asked of them once more.
    const forgot = await writer.forget(cluster, dayOf(Date.now()));
    const passesOnly = writer.relay ? {passesOnly: true as const} : {};
    return {
      clusterID,
      store: shown,
      ...forgot,
      ...passesOnly,
      sinks: (await maintenance.erasures(cluster)).map(withEnd),
    };
  } finally {
    await writer.close();
  }
}

/**
 * Copies the store into a new file, also while a server runs on it.
 *
 * @throws {UserError} input
 */
export async function backUpStore(
  file: string,
  store: string | undefined,
  around: Surroundings,
): Promise<{file: string; bytes: number}> {
  const {maintenance} = await keepingStore(store, around);
  return {file, bytes: await maintenance.backUp(file)};
}

/** What a restored backup took the place of. */
export interface Restored {
  readonly store: string;
  readonly contents: Contents;
  /** Where the replaced store is. */
  readonly replaced?: string;
}

/**
 * Puts a backup in the place of the store.
 *
 * @throws {UserError} input, or usage if the person does not want it
 */
export async function restoreStore(file: string, {store, ask}: ChangeOfStore, around: Surroundings): Promise<Restored> {
  const {shown, maintenance} = await keepingStore(store, around);
  await maintenance.requireBackup(file);
  if (!(await ask(`Put ${clean(file)} in the place of ${clean(shown)}? What is there is kept beside it.`))) {
    throw new UserError('usage', 'Nothing was changed.', {suggestions: ['--yes answers the question.']});
  }
  const replaced = await maintenance.restore(file, new Date());
  return {store: shown, contents: await maintenance.contents(), ...(replaced ? {replaced} : {})};
}

/**
 * Checks every page and index of the store.
 *
 * @throws {UserError} input, if something is wrong with it
 */
export async function checkStore(named: Named, around: Surroundings): Promise<{store: string; contents: Contents}> {
  const {shown, maintenance} = await openStore(placeOf(named, around).address);
  const contents = await maintenance.contents();
  const problems = await maintenance.problems();
  if (problems.length === 0) return {store: shown, contents};
  throw new UserError('input', `${clean(shown)} is damaged: ${problems.map((line) => clean(line, 150)).join('; ')}`, {
    suggestions: ['seldon-usage serve restore FILE puts a backup in its place and keeps the damaged file.'],
  });
}
