import {lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {reasonOf, systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {writeDurably} from '../host/durable.ts';
import {isOwnFile, readOwnFile} from '../host/own-file.ts';
import {type Consignment, checkConsignment, isTime, type Unchecked} from './ledger.ts';
import {bytesPath} from './state-folder.ts';

/** A report that waits in the outbox for its delivery. */
export interface Waiting extends Consignment {
  /** When it was put there: ISO 8601, UTC. */
  readonly time: string;
  /** The whole URL, with the query that the user gave. */
  readonly url: string;
  /** Server of the cluster that it was built from; absent where a file was sent, or by a version that kept none. */
  readonly server?: string;
  /** Contexts that see a no of its cluster besides, and the namespaces where one was looked for: they are asked again, too. */
  readonly along?: readonly string[];
  readonly places?: readonly string[];
  /** When the last attempt began that got no complete answer, or none yet: it may have arrived. */
  readonly attempted?: string;
  /** An attempt before that one got no complete answer either. */
  readonly uncertain?: true;
}

/** Writes what is known of a report; it is on the disk when this returns. */
export function writeWaiting(folder: string, waiting: Waiting): void {
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
  const {id, destination, clusterID, bytes, sha256, context, consent} = waiting;
  return {id, destination, clusterID, bytes, sha256, ...(context === undefined ? {} : {context}), consent};
}

/**
 * What is known of reports that are not settled, oldest first; their bytes may have moved on already.
 *
 * @throws {UserError} input, if the folder is there and can't be read
 */
export function readAbout(folder: string): Waiting[] {
  return readRecords(folder).records;
}

/**
 * The same, with the number of files that hold none of ours.
 *
 * @throws {UserError} input, if the folder is there and can't be read
 */
export function readRecords(folder: string): {records: Waiting[]; unreadable: number} {
  const path = join(folder, 'waiting');
  let names: string[];
  try {
    if (!lstatSync(path).isDirectory()) return {records: [], unreadable: 0};
    names = readdirSync(path).filter((name) => name.endsWith('.json'));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {records: [], unreadable: 0};
    throw new UserError('input', `${clean(path)} can't be read (${reasonOf(error)}).`, {cause: error});
  }
  const read = names.sort().map((name) => readRecord(join(path, name), name));
  const records = read.filter((one) => typeof one === 'object');
  return {records, unreadable: read.filter((one) => one === 'unreadable').length};
}

/** `gone`: settled by another run meanwhile. */
function readRecord(path: string, name: string): Waiting | 'unreadable' | 'gone' {
  try {
    const waiting = checkWaiting(
      JSON.parse(readOwnFile(path, mostAbout).toString('utf8')) as Unchecked<Waiting> | null,
    );
    return waiting && `${waiting.id}.json` === name ? waiting : 'unreadable';
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

/** Most bytes of a file of `waiting`. */
const mostAbout = 256 * 1024;

/** Undefined if it is none of ours: nothing is posted to another place than the one that is shown. */
function checkWaiting(value: Unchecked<Waiting> | null): Waiting | undefined {
  const known = checkConsignment(value);
  if (!known || !value) return undefined;
  const {time, url: text, server, along, places, attempted, uncertain} = value;
  const url = typeof text === 'string' ? URL.parse(text) : null;
  if (!isTime(time) || !url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '' || clean(url.origin + url.pathname) !== known.destination)
    return undefined;
  return {
    ...known,
    time,
    url: url.href,
    ...(typeof server === 'string' ? {server} : {}),
    ...(isNames(along, /^.{1,1024}$/) ? {along} : {}),
    ...(isNames(places, /^[a-z0-9-]{1,63}$/) ? {places} : {}),
    ...(isTime(attempted) ? {attempted} : {}),
    ...(uncertain === true ? {uncertain} : {}),
  };
}

/** Most names that a record has of each kind: more is none of ours. */
const mostNames = 500;

function isNames(value: unknown, form: RegExp): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= mostNames &&
    value.every((one) => typeof one === 'string' && form.test(one) && clean(one, 1024) === one)
  );
}

/** The reports that wait, oldest first. */
export function readWaiting(folder: string): Waiting[] {
  return readAbout(folder).filter(({id}) => isOwnFile(bytesPath(folder, 'outbox', id)));
}

/** Reports in the outbox of which nothing is known that could be used: no run sends them. */
export function countDamaged(folder: string): number {
  const stray = namesOf(join(folder, 'outbox'));
  const {unreadable} = readRecords(folder);
  // Those without a record at all; what was settled meanwhile is in neither place.
  const alone = stray.filter(
    (name) =>
      lstatSync(join(folder, 'waiting', name), {throwIfNoEntry: false}) === undefined &&
      lstatSync(join(folder, 'outbox', name), {throwIfNoEntry: false}) !== undefined,
  );
  return unreadable + alone.length;
}

function namesOf(path: string): string[] {
  try {
    return readdirSync(path).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}
