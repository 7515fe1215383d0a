import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {UserError} from '../errors.ts';
import {moveDurably} from '../host/durable.ts';
import {isOwnFile} from '../host/own-file.ts';
import {dropped, type LedgerLine, readLedger, writeLedger} from './ledger.ts';
import {isHeld, withLock} from './lock.ts';
import {notWritable} from './not-writable.ts';
import {forget} from './outbox.ts';
import {bytesPath} from './state-folder.ts';
import {consignment, readAbout, readWaiting} from './waiting.ts';

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

/**
 * Does so where nothing waits, and nothing is to be sent: what can't be finished at once is finished another time, or by who is at
 * work there.
 */
export async function finishUnfinished(folder: string): Promise<void> {
  const left = (['outbox', 'waiting'] as const).some((name) => namesIn(join(folder, name)).length > 0);
  if (!left) return;
  try {
    await withLock(folder, 0, async () => recover(folder));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
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
