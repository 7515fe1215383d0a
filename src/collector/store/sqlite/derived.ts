import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import {unranked} from '../../cells.ts';
import {sizes} from '../../columns.ts';
import {type Kind, kinds, seenOn} from '../../kinds.ts';
import type {Dimension} from '../contract.ts';
import {declared, listed, missingColumns} from './rows.ts';
import {tables} from './tables.ts';

/*
 * Tables that counting is done in; all of them follow from the rows of the days, and are made anew where their definition
 * is another one than that of the program that made them.
 *
 * `cluster_period` has the last row of each cluster in the periods that are tracked: the running day, week and month, those
 * before them, and what late days concern, as long as that takes. `tally` has their cells; triggers keep it, so that nothing
 * can be counted twice or be left out. Each kind of report has these three for itself. A report costs the same whatever the number of clusters and days, and a count reads
 * the cells alone.
 */

/** SQL of the bucket of an amount. */
const bucketOf = (amount: string) =>
  `CASE ${sizes.map(([label, most]) => (Number.isFinite(most) ? `WHEN row.${amount} <= ${most} THEN '${label}'` : `ELSE '${label}'`)).join(' ')} END`;
/** SQL of whether a cluster was seen on several days. */
const seenOf = `iif(row.once, '${seenOn.one}', '${seenOn.several}')`;

/** What a cluster's row of a period has besides its facts, and follows from the days that it was seen on. */
export function standingOf({told}: Kind): readonly string[] {
  return ['change', 'unranked', ...(told.includes('seen') ? ['once'] : [])];
}

/** Each dimension with the value of a row of `cluster_period`: an unranked cluster counts, but is told apart by nothing. */
function valuesOf({told, column}: Kind): readonly (readonly [Dimension, string])[] {
  const inRow = (name: string) => {
    const {type, bucketOf: amount} = column(name)!;
    return amount ? bucketOf(amount) : type === 'seen' ? seenOf : `row.${name}`;
  };
  return [
    ['all', "''"],
    ['change', 'row.change'],
    ...told.map((name) => [name, `iif(row.unranked, '${unranked}', ${inRow(name)})`] as const),
  ];
}

function sqlOf(kind: Kind): {tables: string; triggers: string} {
  const {cluster_period, tally, tracked} = tables[kind.name];
  const summed = kind.counted;
  const standing = standingOf(kind);
  const sums = [
    '1',
    ...kind.amounts.map((name) => `iif(row.unranked, 0, row.${name})`),
    ...kind.few.map((name) => `iif(row.unranked, 0, row.${name} > 0)`),
    ...kind.flags.map((name) => `row.${name}`),
  ];
  const cells = valuesOf(kind)
    .map(([dimension, value]) => `(row.grain, row.period, '${dimension}', ${value}, ${sums.join(', ')})`)
    .join(', ');
  const add = (row: 'old' | 'new', sign: '+' | '-') => `
  INSERT INTO ${tally} (grain, period, dimension, value, ${summed.join(', ')}) VALUES ${cells.replaceAll('row.', `${row}.`)}
    ON CONFLICT DO UPDATE SET ${listed(`name = name ${sign} excluded.name`, summed)};`;
  /** Nearly always a cluster is as it was the day before. */
  const differs = [...kind.stored, ...standing].map((name) => `old.${name} IS NOT new.${name}`).join(' OR ');
  const declaredStanding = listed('name INTEGER NOT NULL', standing).replace('change INTEGER', 'change TEXT');
  return {
    tables: `
  CREATE TABLE ${cluster_period} (
    grain TEXT, period INTEGER, cluster INTEGER, ${declared(kind)}, arrived INTEGER NOT NULL, ${declaredStanding},
    PRIMARY KEY (grain, period, cluster)) WITHOUT ROWID;
  CREATE TABLE ${tally} (
    grain TEXT, period INTEGER, dimension TEXT, value TEXT, ${listed('name INTEGER NOT NULL', summed)},
    PRIMARY KEY (grain, period, dimension, value)) WITHOUT ROWID;
  CREATE TABLE ${tracked} (
    grain TEXT, period INTEGER, day INTEGER, cluster INTEGER NOT NULL, PRIMARY KEY (grain, period)) WITHOUT ROWID;
`,
    // A connection's own: in the file they would be read at every opening.
    triggers: `
  CREATE TEMP TRIGGER ${cluster_period}_in AFTER INSERT ON main.${cluster_period} BEGIN ${add('new', '+')} END;
  CREATE TEMP TRIGGER ${cluster_period}_out AFTER DELETE ON main.${cluster_period} BEGIN ${add('old', '-')} END;
  CREATE TEMP TRIGGER ${cluster_period}_by AFTER UPDATE ON main.${cluster_period} WHEN ${differs} BEGIN ${add('old', '-')} ${add('new', '+')} END;
`,
  };
}

const everyKind = Object.values(kinds);
const all = everyKind.map(sqlOf);
export const derivedTables: readonly string[] = everyKind.flatMap(({name}) => {
  const {cluster_period, tally, tracked} = tables[name];
  return [cluster_period, tally, tracked];
});
const drop = derivedTables.map((name) => `DROP TABLE IF EXISTS ${name};`).join(' ');
const definition = createHash('sha256')
  .update(all.map(({tables, triggers}) => tables + triggers).join(''))
  .digest('hex');

/** Has a connection keep the tallies; each that writes a `cluster_period` must. */
export function keepTallies(database: DatabaseSync): void {
  for (const {triggers} of all) database.exec(triggers);
}

/** Gives a store the columns that it lacks, and its tables of counting where they are missing or of another version. */
export function deriveTables(database: DatabaseSync): void {
  const made = database.prepare('SELECT definition FROM derived').get()?.definition;
  if (made === definition) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const columnsOf = (table: string) =>
      new Set(
        database
          .prepare('SELECT name FROM pragma_table_info(?)')
          .all(table)
          .map(({name}) => String(name)),
      );
    for (const change of missingColumns(columnsOf)) database.exec(change);
    database.exec(`${drop} ${all.map(({tables}) => tables).join('')}`);
    database.prepare('INSERT OR REPLACE INTO derived VALUES (1, ?)').run(definition);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
