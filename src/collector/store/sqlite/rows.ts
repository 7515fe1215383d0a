import {type Facts, type Kind, kinds} from '../../kinds.ts';
import {tables} from './tables.ts';

/** Columns of statistics as SQL, made from the table of columns of a kind. */

/** Names in a list, each in its form: `name` stands for the column. */
export function listed(form: string, names: readonly string[]): string {
  return names.map((name) => form.replaceAll('name', name)).join(', ');
}

/** Declarations of the columns. */
export function declared({words, stored}: Kind): string {
  return stored.map((name) => `${name} ${words.includes(name) ? 'TEXT' : 'INTEGER'} NOT NULL`).join(', ');
}

/** The values of a row, in the order of the columns. */
export function valuesOf({stored}: Kind, facts: Facts): (string | number)[] {
  return stored.map((name) => {
    const value = facts[name]!;
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

/** Inserts a row of a cluster and day: day, cluster, the columns, mark, number of its report. */
export function insertRow({name, stored}: Kind): string {
  return `INSERT INTO ${tables[name].cluster_day} (day, cluster, ${listed('name', stored)}, marked, arrived)
  VALUES (?, ?, ${listed('?', stored)}, ?, ?)`;
}

/** All of a row but its key, taken from the one that could not be inserted. */
export function takeOver({stored}: Kind): string {
  return listed('name = excluded.name', [...stored, 'marked', 'arrived']);
}

/** What gives the tables of an older version the columns that they lack. */
export function missingColumns(columnsOf: (table: string) => ReadonlySet<string>): string[] {
  const lacking = (table: string, names: readonly string[], kind: (name: string) => string) => {
    const present = columnsOf(table);
    return names
      .filter((name) => !present.has(name))
      .map((name) => `ALTER TABLE ${table} ADD COLUMN ${name} ${kind(name)}`);
  };
  const zero = 'INTEGER NOT NULL DEFAULT 0';
  return Object.values(kinds).flatMap(({name, words, stored, sums}) => {
    const {cluster_day, counter} = tables[name];
    return [
      ...lacking(cluster_day, stored, (column) => (words.includes(column) ? "TEXT NOT NULL DEFAULT 'unknown'" : zero)),
      ...lacking(counter, sums, () => 'REAL NOT NULL DEFAULT 0'),
    ];
  });
}
