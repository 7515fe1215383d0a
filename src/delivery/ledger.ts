import {join} from 'node:path';
import {reasonOf, systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {appendDurably} from '../host/durable.ts';
import {readOwnFile} from '../host/own-file.ts';

/**
 * What became of a report, for good or so far (`failed`: it waits). `refused`: by the collector, which would refuse it
 * again; `discarded`: by the user.
 */
export type LedgerOutcome = 'delivered' | 'failed' | 'superseded' | 'refused' | 'discarded';

/** Outcomes after which a report that was not delivered does not wait any more. */
export const dropped: ReadonlySet<LedgerOutcome> = new Set(['superseded', 'refused', 'discarded']);

/** What is known of a report on its way to one destination. */
export interface Consignment {
  readonly id: string;
  /** URL without its query. */
  readonly destination: string;
  readonly clusterID: string;
  readonly bytes: number;
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string;
  /** Context of the kubeconfig; absent where a file was sent. */
  readonly context?: string;
  readonly consent: 'asked' | '--yes';
}

/** A line of the ledger. */
export interface LedgerLine extends Consignment {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly outcome: LedgerOutcome;
  /** HTTP status of the last answer. */
  readonly status?: number;
  readonly attempts?: number;
  /** Why it failed. */
  readonly reason?: string;
  /** When the attempt began: ISO 8601, UTC. Lines of 0.1.0 have none. */
  readonly began?: string;
  /** No complete answer came to an attempt, or a gateway's that it had none: the report may have arrived, and where it was delivered, twice. */
  readonly uncertain?: true;
  /** ID of the report that superseded it. */
  readonly by?: string;
  /** Written by a later run: the one that made the attempt ended in between. The time is that of the attempt. */
  readonly recovered?: true;
}

/** Path of the ledger in a state directory. */
export function ledgerPath(folder: string): string {
  return join(folder, 'ledger.jsonl');
}

/** Adds a line; it is on the disk when this returns. The caller holds the lock. */
export function writeLedger(folder: string, line: LedgerLine): void {
  appendDurably(ledgerPath(folder), JSON.stringify(line));
}

/**
 * All lines, oldest first, and the number of those that can't be read (a crash can leave part of one).
 *
 * @throws {UserError} input, if the file is there and can't be read
 */
export function readLedger(folder: string): {lines: LedgerLine[]; unreadable: number} {
  const path = ledgerPath(folder);
  let text: string;
  try {
    text = readOwnFile(path).toString('utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return {lines: [], unreadable: 0};
    throw new UserError('input', `The ledger ${clean(path)} can't be read (${reasonOf(error)}).`, {
      cause: error,
    });
  }
  const lines: LedgerLine[] = [];
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const value = parse(line);
    if (value) lines.push(value);
    else unreadable++;
  }
  return {lines, unreadable};
}

/** Most characters of a line that are looked at; a line of ours has some hundred. */
const longestLine = 64 * 1024;

function parse(line: string): LedgerLine | undefined {
  if (line.length > longestLine) return undefined;
  try {
    return checkLine(JSON.parse(line) as Unchecked<LedgerLine> | null);
  } catch {
    return undefined;
  }
}

export type Unchecked<T> = {readonly [key in keyof T]?: unknown};

const outcomes: ReadonlySet<unknown> = new Set<LedgerOutcome>(['delivered', 'failed', ...dropped]);

/** Names of files are made of an ID: it has nothing that leads out of a folder. */
const safeID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;

/** Whether a value is a time as the ledger has it: ISO 8601, in UTC. */
export function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d{1,9})?Z$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** What a record says of a report, from a file that anybody may have written; undefined if it is none of ours. */
export function checkConsignment(value: Unchecked<Consignment> | null): Consignment | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const {id, destination, clusterID, bytes, sha256, context, consent} = value;
  if (typeof id !== 'string' || !safeID.test(id)) return undefined;
  if (typeof destination !== 'string' || typeof clusterID !== 'string' || !isCount(bytes)) return undefined;
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{1,64}$/.test(sha256)) return undefined;
  if (consent !== 'asked' && consent !== '--yes') return undefined;
  if (context !== undefined && typeof context !== 'string') return undefined;
  return {
    id,
    destination: clean(destination, 2048),
    clusterID: clean(clusterID),
    bytes,
    sha256,
    ...(context === undefined ? {} : {context: clean(context, 1024)}),
    consent,
  };
}

function checkLine(value: Unchecked<LedgerLine> | null): LedgerLine | undefined {
  const known = checkConsignment(value);
  if (!known || !value) return undefined;
  const {time, outcome, status, attempts, reason, began, uncertain, by, recovered} = value;
  if (!isTime(time) || !outcomes.has(outcome)) return undefined;
  return {
    time,
    ...known,
    outcome: outcome as LedgerOutcome,
    ...(isCount(attempts) ? {attempts} : {}),
    ...(typeof reason === 'string' ? {reason: clean(reason, 500)} : {}),
    ...(isCount(status) ? {status} : {}),
    ...(isTime(began) ? {began} : {}),
    ...(uncertain === true ? {uncertain} : {}),
    ...(typeof by === 'string' && safeID.test(by) ? {by} : {}),
    ...(recovered === true ? {recovered} : {}),
  };
}
