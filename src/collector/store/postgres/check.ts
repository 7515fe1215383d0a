import {clean} from '../../../foreign.ts';
import {kindNames} from '../../kinds.ts';
import {stateOf} from './errors.ts';
import {daysOf, partitionName} from './partitions.ts';
import type {Session} from './sessions.ts';
import {forKind, sessionFor} from './sql.ts';

/** Problems told; a damaged database has any number. */
const most = 20;

/**
 * What is wrong with the store: every row of every table is read, damage shows by that, and what belongs together is
 * compared.
 */
export async function problemsOf(session: Session): Promise<string[]> {
  const problems: string[] = [];
  for (const kind of kindNames) {
    for (const table of ['report', 'cluster_day'] as const) {
      const nameOf = (day: number) => forKind(kind, partitionName(table, day));
      const attached = new Set(await attachedTo(session, forKind(kind, `seldon_usage.${table}`)));
      for (const day of await daysOf(sessionFor(kind, session), table))
        if (!attached.has(nameOf(day))) problems.push(`${nameOf(day)} is missing`);
    }
  }
  const invalid = await session.query(
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE c.relnamespace = 'seldon_usage'::regnamespace AND NOT (i.indisvalid AND i.indisready) LIMIT $1`,
    [most],
  );
  for (const {name} of invalid) problems.push(`the index ${clean(String(name), 100)} is not valid`);
  const [sums] = await session.query(
    'SELECT coalesce(checksum_failures, 0) AS failures FROM pg_stat_database WHERE datname = current_database()',
  );
  if ((sums?.failures as number) > 0)
    problems.push(`the database counted ${sums!.failures} pages with wrong checksums`);
  const tables = await session.query(
    `SELECT c.oid::regclass::text AS name, EXISTS (SELECT 1 FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'body' AND NOT a.attisdropped) AS has_texts
      FROM pg_class c WHERE c.relnamespace = 'seldon_usage'::regnamespace AND c.relkind = 'r' ORDER BY 1`,
  );
  for (const {name, has_texts} of tables) {
    if (problems.length >= most) break;
    const damage = await readThrough(session, String(name), has_texts as boolean);
    if (damage) problems.push(damage);
  }
  return problems;
}

async function attachedTo(session: Session, table: string): Promise<string[]> {
  const rows = await session.query(
    // Not as `regclass` shows it: that leaves the schema out where a role or a database has it in its search_path.
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE i.inhparent = $1::text::regclass`,
    [table],
  );
  return rows.map(({name}) => name as string);
}

const undo = 'ROLLBACK TO SAVEPOINT one_table; RELEASE SAVEPOINT one_table';

/** Reads every value of a table, what is kept apart too; a text of a report has to be one. */
async function readThrough(session: Session, table: string, hasTexts: boolean): Promise<string | undefined> {
  try {
    await session.batch('SAVEPOINT one_table');
    const texts = hasTexts ? ', count(t.body::pg_catalog.json)' : '';
    await session.batch(`SELECT count(t::text)${texts} FROM ${table} AS t`);
    // Nothing was written: what goes is the lock.
    await session.batch(undo);
    return undefined;
  } catch (error) {
    if (stateOf(error) === undefined || !/^XX|^58|^22021|^22P02/.test(stateOf(error)!)) throw error;
    await session.batch(undo);
    // The message of that state repeats the text.
    const what = stateOf(error) === '22P02' ? 'a report is not what was stored' : (error as Error).message;
    return `${clean(table, 80)}: ${clean(what, 120)}`;
  }
}
