import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import {unranked} from '../../cells.ts';
import {type Amount, amounts, type Flag, flags, sizes, stored, told} from '../../columns.ts';
import type {Dimension} from '../contract.ts';
import {declared, listed, missingColumns} from './rows.ts';

/*
 * Tables that counting is done in; all of them follow from the rows of the days, and are made anew where their definition
 * is another one than that of the program that made them.
 *
 * `cluster_period` has the last row of each cluster in the periods that are tracked: the running day, week and month, those
 * before them, and what late days concern, as long as that takes. `tally` has their cells; triggers keep it, so that nothing
 * can be counted twice or be left out. A report costs the same whatever the number of clusters and days, and a count reads
 * the cells alone.
 */

/** SQL of the bucket of a size. */
const sizeOf = `CASE ${sizes.map(([label, most]) => (Number.isFinite(most) ? `WHEN row.nodes <= ${most} THEN '${label}'` : `ELSE '${label}'`)).join(' ')} END`;

/** Columns of the tally that are added up. */
export const summed: readonly ('clusters' | Amount | Flag)[] = ['clusters', ...amounts, ...flags];

/** Each dimension with the value of a row of `cluster_period`: an unranked cluster counts, but is told apart by nothing. */
const values: readonly (readonly [Dimension, string])[] = [
  ['all', "''"],
  ['change', 'row.change'],
  ...told.map(
    (name) => [name, `iif(row.unranked, '${unranked}', ${name === 'size' ? sizeOf : `row.${name}`})`] as const,
  ),
];
export const dimensions: readonly Dimension[] = values.map(([dimension]) => dimension);

const sums = [
  '1',
  ...amounts.map((name) => `iif(row.unranked, 0, row.${name})`),
  ...flags.map((name) => `row.${name}`),
];
const cells = values
  .map(([dimension, value]) => `(row.grain, row.period, '${dimension}', ${value}, ${sums.join(', ')})`)
  .join(', ');
const add = (row: 'old' | 'new', sign: '+' | '-') => `
  INSERT INTO tally (grain, period, dimension, value, ${summed.join(', ')}) VALUES ${cells.replaceAll('row.', `${row}.`)}
    ON CONFLICT DO UPDATE SET ${listed(`name = name ${sign} excluded.name`, summed)};`;
/** Nearly always a cluster is as it was the day before. */
const differs = [...stored, 'change', 'unranked'].map((name) => `old.${name} IS NOT new.${name}`).join(' OR ');

const tables = `
  CREATE TABLE cluster_period (
    grain TEXT, period INTEGER, cluster INTEGER, ${declared}, arrived INTEGER NOT NULL, change TEXT NOT NULL,
    unranked INTEGER NOT NULL, PRIMARY KEY (grain, period, cluster)) WITHOUT ROWID;
  CREATE TABLE tally (
    grain TEXT, period INTEGER, dimension TEXT, value TEXT, ${listed('name INTEGER NOT NULL', summed)},
    PRIMARY KEY (grain, period, dimension, value)) WITHOUT ROWID;
  CREATE TABLE tracked (
    grain TEXT, period INTEGER, day INTEGER, cluster INTEGER NOT NULL, PRIMARY KEY (grain, period)) WITHOUT ROWID;
`;
/** A connection's own: in the file they would be read at every opening. */
const triggers = `
  CREATE TEMP TRIGGER cluster_period_in AFTER INSERT ON main.cluster_period BEGIN ${add('new', '+')} END;
  CREATE TEMP TRIGGER cluster_period_out AFTER DELETE ON main.cluster_period BEGIN ${add('old', '-')} END;
  CREATE TEMP TRIGGER cluster_period_by AFTER UPDATE ON main.cluster_period WHEN ${differs} BEGIN ${add('old', '-')} ${add('new', '+')} END;
`;
export const derivedTables: readonly string[] = ['cluster_period', 'tally', 'tracked'];
const drop = derivedTables.map((name) => `DROP TABLE IF EXISTS ${name};`).join(' ');
const name = createHash('sha256')
  .update(tables + triggers)
  .digest('hex');

/** Has a connection keep the tally; each that writes `cluster_period` must. */
export function keepTally(database: DatabaseSync): void {
  database.exec(triggers);
}

/** Gives a store the columns that it lacks, and its tables of counting where they are missing or of another version. */
export function deriveTables(database: DatabaseSync): void {
  const made = database.prepare('SELECT definition FROM derived').get()?.definition;
  if (made === name) return;
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
    database.exec(`${drop} ${tables}`);
    database.prepare('INSERT OR REPLACE INTO derived VALUES (1, ?)').run(name);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
