import {randomBytes} from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {moveDurably, syncFolder, writeDurably} from '../host/durable.ts';
import {isOwnFile, openOwnFile, readOwnFile} from '../host/own-file.ts';
import type {Destination} from './destination.ts';
import {
  type Consignment,
  checkConsignment,
  dropped,
  isTime,
  type LedgerLine,
  ledgerPath,
  readLedger,
  type Unchecked,
  writeLedger,
} from './ledger.ts';
import {isHeld, recordLockPath} from './lock.ts';
import {notWritable} from './not-writable.ts';

/**
 * The folders of the state directory. A report's exact bytes are in one of the first three, as `<id>.json`; a rename moves
 * it on, so that it is never in none and never in two. `superseded` has all that was not delivered and never will be: also
 * what was refused or discarded. `waiting` holds what else is known of those in the outbox.
 */
const folders = ['outbox', 'sent', 'superseded', 'waiting'] as const;
type Folder = (typeof folders)[number];

/** A report that waits in the outbox for its delivery. */
export interface Waiting extends Consignment {
  /** When it was put there: ISO 8601, UTC. */
  readonly time: string;
  /** The whole URL, with the query that the user gave. */
  readonly url: string;
  /** Server of the cluster that it was built from; absent where a file was sent, or by a version that kept none. */
  readonly server?: string;
  /** When the last attempt began that got no complete answer, or none yet: it may have arrived. */
  readonly attempted?: string;
  /** An attempt before that one got no complete answer either. */
  readonly uncertain?: true;
}

/** Where the bytes of a report are. */
export function bytesPath(folder: string, where: Folder, id: string): string {
  return join(folder, where, `${id}.json`);
}

/**
 * Makes the folders of the state directory, and sees that they and the ledger can be written.
 *
 * @throws {UserError} delivery, if not
 */
export function prepareState(folder: string): void {
  try {
    for (const name of folders) {
      mkdirSync(join(folder, name), {recursive: true, mode: 0o700});
      // What is behind a link is somewhere else, where this program writes nothing and removes nothing.
      if (!lstatSync(join(folder, name)).isDirectory()) throw Object.assign(new Error(name), {code: 'ELOOP'});
      accessSync(join(folder, name), constants.W_OK | constants.X_OK);
    }
    closeSync(openOwnFile(ledgerPath(folder), constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT));
  } catch (error) {
    throw notWritable(folder, systemCode(error) === 'ENOENT' ? (reasonAbove(folder) ?? error) : error);
  }
}

/** Node says only ENOENT of a folder that it can't make: what is above it has the reason. */
function reasonAbove(folder: string): unknown {
  let above = folder;
  while (!existsSync(above) && dirname(above) !== above) above = dirname(above);
  try {
    accessSync(above, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What is known of a report whatever its destination. */
export type About = Pick<Waiting, 'bytes' | 'sha256' | 'clusterID' | 'context' | 'consent' | 'server'>;

/**
 * Puts the report into the outbox, once for each destination, and supersedes what waited there for the same cluster and
 * destination. When this returns, all of it is on the disk. The caller holds the lock.
 *
 * @throws {UserError} delivery, if it can't be written; then nothing of it is in the outbox
 */
export function putInOutbox(folder: string, report: string, about: About, to: readonly Destination[]): Waiting[] {
  const before = readWaiting(folder);
  const put: Waiting[] = [];
  try {
    for (const {url, name} of to) {
      const time = new Date().toISOString();
      const id = `${time.slice(0, 19).replace(/[-:]/g, '')}Z-${randomBytes(3).toString('hex')}`;
      const waiting: Waiting = {id, time, destination: name, url, ...about};
      put.push(waiting);
      // The bytes come last: what is in `waiting` without them was never complete.
      writeWaiting(folder, waiting);
      writeBytes(folder, report, id, put[0]!.id);
    }
  } catch (error) {
    for (const {id} of put) remove(folder, id);
    throw notWritable(folder, error);
  }
  supersedeAll(folder, before, put);
  return put;
}

/** If this fails, old and new wait side by side, and the next run supersedes them all. */
function supersedeAll(folder: string, before: readonly Waiting[], put: readonly Waiting[]): void {
  try {
    for (const old of before) {
      const by = put.find(({url, clusterID}) => url === old.url && clusterID === old.clusterID);
      // What another run is posting at this moment is settled by that run; if it fails, a later one supersedes it.
      if (by && !isHeld(folder, old.id)) supersede(folder, old, by.id);
    }
  } catch (error) {
    throw notWritable(folder, error);
  }
}

/** The same bytes for a second destination are the same file under a second name. */
function writeBytes(folder: string, report: string, id: string, first: string): void {
  const path = bytesPath(folder, 'outbox', id);
  if (id === first) {
    writeDurably(path, report);
    return;
  }
  try {
    linkSync(bytesPath(folder, 'outbox', first), path);
    syncFolder(join(folder, 'outbox'));
  } catch {
    writeDurably(path, report);
  }
}

function writeWaiting(folder: string, waiting: Waiting): void {
  writeDurably(join(folder, 'waiting', `${waiting.id}.json`), `${JSON.stringify(waiting)}\n`);
}

/** Notes that an attempt begins, or (`undefined`) that the last one got a complete answer. */
export function noteAttempt(folder: string, {attempted: _, ...waiting}: Waiting, attempted: string | undefined): void {
  writeWaiting(folder, attempted ? {...waiting, attempted} : waiting);
}

/** Notes that an attempt begins. Of those before it is kept whether one may have arrived. */
export function noteNewAttempt(folder: string, waiting: Waiting, attempted: string): void {
  const {uncertain: _, ...rest} = waiting;
  noteAttempt(folder, {...rest, ...(mayHaveArrived(waiting) ? {uncertain: true} : {})}, attempted);
}

/** Whether an attempt got no complete answer. */
export function mayHaveArrived({attempted, uncertain}: Waiting): boolean {
  return attempted !== undefined || uncertain === true;
}

/** What the ledger says of a report. */
export function consignment(waiting: Waiting): Consignment {
  const {url: _, time: __, attempted: ___, server: ____, uncertain: _____, ...rest} = waiting;
  return rest;
}

/** Moves a report that was delivered to `sent`. From here on no run sends it again. */
export function moveToSent(folder: string, id: string): void {
  moveDurably(bytesPath(folder, 'outbox', id), bytesPath(folder, 'sent', id));
}

/** Forgets what was known of a report in the outbox, its URL's query among it. */
export function forget(folder: string, id: string): void {
  rmSync(join(folder, 'waiting', `${id}.json`), {force: true});
  rmSync(recordLockPath(folder, id), {force: true});
}

function supersede(folder: string, old: Waiting, by: string): void {
  drop(folder, old, {outcome: 'superseded', by});
}

/** What the ledger says of a report that is not sent any more. */
export type Dropped = Pick<LedgerLine, 'reason' | 'status' | 'attempts' | 'by'> & {
  readonly outcome: 'superseded' | 'refused' | 'discarded';
};

/**
 * Takes a report out of the outbox for good: the ledger says why, its bytes are kept, since parts of it may have left. The
 * caller holds the lock.
 */
export function drop(folder: string, old: Waiting, why: Dropped, uncertain = mayHaveArrived(old)): void {
  writeLedger(folder, {
    time: new Date().toISOString(),
    ...consignment(old),
    ...why,
    ...(uncertain ? {uncertain: true} : {}),
  });
  moveDurably(bytesPath(folder, 'outbox', old.id), bytesPath(folder, 'superseded', old.id));
  forget(folder, old.id);
}

function remove(folder: string, id: string): void {
  rmSync(bytesPath(folder, 'outbox', id), {force: true});
  forget(folder, id);
}

/**
 * What is known of reports that are not settled, oldest first; their bytes may have moved on already.
 *
 * @throws {UserError} input, if the folder is there and can't be read
 */
function readAbout(folder: string): Waiting[] {
  const path = join(folder, 'waiting');
  let names: string[];
  try {
    if (!lstatSync(path).isDirectory()) return [];
    names = readdirSync(path).filter((name) => name.endsWith('.json'));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new UserError('input', `${clean(path)} can't be read (${code ?? 'unknown reason'}).`, {cause: error});
  }
  return names.sort().flatMap((name) => {
    try {
      const text = readOwnFile(join(path, name), mostAbout).toString('utf8');
      const waiting = checkWaiting(JSON.parse(text) as Unchecked<Waiting> | null);
      return waiting && `${waiting.id}.json` === name ? [waiting] : [];
    } catch {
      return [];
    }
  });
}

/** Most bytes of a file of `waiting`. */
const mostAbout = 256 * 1024;

/** Undefined if it is none of ours: nothing is posted to another place than the one that is shown. */
function checkWaiting(value: Unchecked<Waiting> | null): Waiting | undefined {
  const known = checkConsignment(value);
  if (!known || !value) return undefined;
  const {time, url: text, server, attempted, uncertain} = value;
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (!isTime(time) || !url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || clean(url.origin + url.pathname) !== known.destination)
    return undefined;
  return {
    ...known,
    time,
    url: url.href,
    ...(typeof server === 'string' ? {server} : {}),
    ...(isTime(attempted) ? {attempted} : {}),
    ...(uncertain === true ? {uncertain} : {}),
  };
}

/** The reports that wait, oldest first. */
export function readWaiting(folder: string): Waiting[] {
  return readAbout(folder).filter(({id}) => isOwnFile(bytesPath(folder, 'outbox', id)));
}

/** Reports that were delivered by a run that ended before it could write the ledger, as the lines that it owes. */
export function readOwed(folder: string): LedgerLine[] {
  const moved = readAbout(folder).filter(({id}) => isOwnFile(bytesPath(folder, 'sent', id)));
  if (moved.length === 0) return [];
  const written = new Set(readLedger(folder).lines.flatMap(({id, outcome}) => (outcome === 'delivered' ? [id] : [])));
  return moved
    .filter(({id}) => !written.has(id))
    .map((waiting) => ({
      time: waiting.attempted ?? waiting.time,
      outcome: 'delivered',
      ...consignment(waiting),
      ...(waiting.uncertain ? {uncertain: true} : {}),
      recovered: true,
    }));
}

/** The lines of attempts that were cut off, the process with them: each may have arrived. The caller holds the lock. */
function readCutOff(folder: string): LedgerLine[] {
  const open = readWaiting(folder).filter(({id, attempted}) => attempted !== undefined && !isHeld(folder, id));
  if (open.length === 0) return [];
  const {lines} = readLedger(folder);
  return open
    .filter(({id, attempted = ''}) => !lines.some((line) => line.id === id && (line.began ?? line.time) >= attempted))
    .map((waiting) => ({
      time: waiting.attempted!,
      ...consignment(waiting),
      outcome: 'failed',
      reason: 'was being sent to when the program was ended',
      began: waiting.attempted!,
      uncertain: true,
      recovered: true,
    }));
}

/**
 * Finishes what a run that was ended in the middle left: the ledger gets the lines it owes, half-written files go. The
 * caller holds the lock.
 *
 * @throws {UserError} delivery, if it can't be written
 */
export function recover(folder: string): void {
  try {
    for (const line of [...readOwed(folder), ...readCutOff(folder)]) writeLedger(folder, line);
    const abouts = readAbout(folder);
    const outcomes = new Map((abouts.length > 0 ? readLedger(folder).lines : []).map(({id, outcome}) => [id, outcome]));
    for (const {id} of abouts) {
      const waits = isOwnFile(bytesPath(folder, 'outbox', id));
      const outcome = outcomes.get(id);
      if (waits && outcome !== undefined && dropped.has(outcome))
        moveDurably(bytesPath(folder, 'outbox', id), bytesPath(folder, 'superseded', id));
      else if (waits) continue;
      forget(folder, id);
    }
    removeRemains(folder);
  } catch (error) {
    throw notWritable(folder, error);
  }
}

/** What an interrupted write left: nobody else writes while the lock is held. */
function removeRemains(folder: string): void {
  for (const name of ['outbox', 'waiting'] as const) {
    for (const file of readdirSync(join(folder, name))) {
      const left = file.endsWith('.tmp') || (file.endsWith('.lock') && !isHeld(folder, file.slice(0, -'.lock'.length)));
      if (left && isOwnFile(join(folder, name, file))) rmSync(join(folder, name, file), {force: true});
    }
  }
}
