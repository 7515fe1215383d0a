import {clusterKey} from '../collector/cluster-key.ts';
import {locate} from '../collector/store/locate.ts';
import {storeAddress} from '../collector/store/open.ts';
import {type Contents, contentsOf, problemsIn} from '../collector/store/sqlite-check.ts';
import {type KnownCluster, knownClusters} from '../collector/store/sqlite-clusters.ts';
import {backUp, requireBackup} from '../collector/store/sqlite-copy.ts';
import {forget} from '../collector/store/sqlite-forget.ts';
import {restore} from '../collector/store/sqlite-restore.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Surroundings, setting} from '../settings.ts';

/** Asks the person; false where there is none. */
export type Ask = (question: string) => Promise<boolean>;

function pathOf(store: string | undefined, around: Surroundings): string {
  return locate(storeAddress(setting('store', store, around)?.value, around)).path;
}

/**
 * The clusters that the store knows, those first that reported last.
 *
 * @param limit so many at most
 * @throws {UserError} input, at the first one, if the store can't be read
 */
export function listClusters(
  store: string | undefined,
  limit: number | undefined,
  around: Surroundings,
): {store: string; clusters: Iterable<KnownCluster>} {
  const path = pathOf(store, around);
  return {store: path, clusters: knownClusters(path).take(limit ?? Number.POSITIVE_INFINITY)};
}

/** What was erased of a cluster. */
export interface Forgotten {
  readonly clusterID: string;
  readonly store: string;
  readonly reports: number;
  readonly days: number;
  /** False if traces are left in the log of a store whose server was too busy; they go when the server stops. */
  readonly settled: boolean;
}

/**
 * Erases everything that is kept of a cluster.
 *
 * @throws {UserError} input, or usage if the person does not want it
 */
export async function forgetCluster(
  clusterID: string,
  {store, ask}: {store: string | undefined; ask: Ask},
  around: Surroundings,
): Promise<Forgotten> {
  const path = pathOf(store, around);
  if (!(await ask(`Erase all that ${clean(path)} keeps of the cluster ${clean(clusterID, 100)}?`))) {
    throw new UserError('usage', 'Nothing was erased.', {suggestions: ['--yes answers the question.']});
  }
  return {clusterID, store: path, ...forget(path, clusterKey(clusterID), Date.now())};
}

/**
 * Copies the store into a new file, also while a server runs on it.
 *
 * @throws {UserError} input
 */
export function backUpStore(
  file: string,
  store: string | undefined,
  around: Surroundings,
): {file: string; bytes: number} {
  return {file, bytes: backUp(pathOf(store, around), file)};
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
export async function restoreStore(
  file: string,
  {store, ask}: {store: string | undefined; ask: Ask},
  around: Surroundings,
): Promise<Restored> {
  const path = pathOf(store, around);
  requireBackup(file);
  if (!(await ask(`Put ${clean(file)} in the place of ${clean(path)}? What is there is kept beside it.`))) {
    throw new UserError('usage', 'Nothing was changed.', {suggestions: ['--yes answers the question.']});
  }
  const replaced = restore(file, path, new Date());
  return {store: path, contents: contentsOf(path), ...(replaced ? {replaced} : {})};
}

/**
 * Checks every page and index of the store.
 *
 * @throws {UserError} input, if something is wrong with it
 */
export function checkStore(store: string | undefined, around: Surroundings): {store: string; contents: Contents} {
  const path = pathOf(store, around);
  const contents = contentsOf(path);
  const problems = problemsIn(path, 'full');
  if (problems.length === 0) return {store: path, contents};
  throw new UserError('input', `${clean(path)} is damaged: ${problems.map((line) => clean(line, 150)).join('; ')}`, {
    suggestions: ['seldon-usage serve restore FILE puts a backup in its place and keeps the damaged file.'],
  });
}
