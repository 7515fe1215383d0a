import {randomBytes} from 'node:crypto';
import {linkSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {moveDurably, syncFolder, writeDurably} from '../host/durable.ts';
import type {Destination} from './destination.ts';
import {type LedgerLine, writeLedger} from './ledger.ts';
import {isHeld, removeLock} from './lock.ts';
import {notWritable} from './not-writable.ts';
import {bytesPath} from './state-folder.ts';
import {consignment, mayHaveArrived, readWaiting, type Waiting, writeWaiting} from './waiting.ts';

/** What is known of a report whatever its destination. */
export type About = Pick<
  Waiting,
  'bytes' | 'sha256' | 'clusterID' | 'context' | 'consent' | 'server' | 'along' | 'places'
>;

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

/** Moves a report that was delivered to `sent`. From here on no run sends it again. */
export function moveToSent(folder: string, id: string): void {
  moveDurably(bytesPath(folder, 'outbox', id), bytesPath(folder, 'sent', id));
}

/** Forgets what was known of a report in the outbox, its URL's query among it. */
export function forget(folder: string, id: string): void {
  rmSync(join(folder, 'waiting', `${id}.json`), {force: true});
  removeLock(folder, id);
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
