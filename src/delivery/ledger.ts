import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {appendDurably} from '../host/durable.ts';

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
  /** No complete answer came: it may have arrived all the same. */
  readonly uncertain?: true;
  /** ID of the report that superseded it. */
  readonly by?: string;
  /** Written by a later run: the one that delivered it ended in between. The time is that of the attempt. */
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
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return {lines: [], unreadable: 0};
    throw new UserError('input', `The ledger ${path} can't be read (${systemCode(error) ?? 'unknown reason'}).`, {
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

function parse(line: string): LedgerLine | undefined {
  try {
    const value = JSON.parse(line) as Partial<LedgerLine> | null;
    return typeof value?.id === 'string' && typeof value.outcome === 'string' ? (value as LedgerLine) : undefined;
  } catch {
    return undefined;
  }
}
