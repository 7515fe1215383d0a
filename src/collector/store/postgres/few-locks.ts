import {kindNames} from '../../kinds.ts';
import type {Session} from './sessions.ts';
import {forKind} from './sql.ts';

/*
 * All who use a server share one table of locks, of max_locks_per_transaction for each connection there may be. A partition takes
 * one, and each of its indexes another, until the transaction ends. So what concerns many days is done for a few at a time.
 */

/** Days that one transaction writes to, or reads at once. */
export const daysAtOnce = 5;

/** Days in lists of a few. */
export function fewAtOnce(days: readonly number[]): number[][] {
  const lists: number[][] = [];
  for (let i = 0; i < days.length; i += daysAtOnce) lists.push(days.slice(i, i + daysAtOnce));
  return lists;
}

/** Reads within the caller's transaction, which goes on without the locks of what was read. */
export async function lettingGo<T>(session: Session, read: () => Promise<T>): Promise<T> {
  await session.batch('SAVEPOINT a_few');
  const result = await read();
  await session.batch(letGo);
  return result;
}

/** The same for what is taken one at a time. */
export async function* eachLettingGo<T>(
  session: Session,
  read: () => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  await session.batch('SAVEPOINT a_few');
  yield* read();
  await session.batch(letGo);
}

/** Nothing was written: what is undone are the locks. */
const letGo = 'ROLLBACK TO SAVEPOINT a_few; RELEASE SAVEPOINT a_few';

/** Begins a transaction that sees one state of the store, of which no day is dropped before it ends: that waits for a lock of the whole. */
export const oneState = `SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; LOCK TABLE ${kindNames
  .flatMap((kind) => ['report', 'cluster_day'].map((table) => `ONLY ${forKind(kind, `seldon_usage.${table}`)}`))
  .join(', ')} IN ACCESS SHARE MODE`;
