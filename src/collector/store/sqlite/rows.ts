import {amounts, type ClusterFacts, flags, stored, words} from '../../columns.ts';

/** Columns of statistics as SQL, made from the table of columns. */

/** Names in a list, each in its form: `name` stands for the column. */
export function listed(form: string, names: readonly string[] = stored): string {
  return names.map((name) => form.replaceAll('name', name)).join(', ');
}

/** Declarations of the columns. */
export const declared = [...words.map((name) => `${name} TEXT NOT NULL`), ...[...amounts, ...flags].map(integer)].join(
  ', ',
);

function integer(name: string): string {
  return `${name} INTEGER NOT NULL`;
}

/** The values of a row, in the order of the columns. */
export function valuesOf(facts: ClusterFacts): (string | number)[] {
  return stored.map((name) => {
    const value = facts[name];
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

/** Inserts a row of a cluster and day: day, cluster, the columns, mark, number of its report. */
export const insertRow = `INSERT INTO cluster_day (day, cluster, ${listed('name')}, marked, arrived)
  VALUES (?, ?, ${listed('?')}, ?, ?)`;

/** All of a row but its key, taken from the one that could not be inserted. */
export const takeOver = listed('name = excluded.name', [...stored, 'marked', 'arrived']);

/** What gives the tables of an older version the columns that they lack. */
export function missingColumns(columnsOf: (table: string) => ReadonlySet<string>): string[] {
  const lacking = (table: string, names: readonly string[], kind: (name: string) => string) => {
    const present = columnsOf(table);
    return names
      .filter((name) => !present.has(name))
      .map((name) => `ALTER TABLE ${table} ADD COLUMN ${name} ${kind(name)}`);
  };
  const isWord = (name: string) => (words as readonly string[]).includes(name);
  const zero = 'INTEGER NOT NULL DEFAULT 0';
  return [
    ...lacking('cluster_day', stored, (name) => (isWord(name) ? "TEXT NOT NULL DEFAULT 'unknown'" : zero)),
    ...lacking('counter', [...amounts, ...flags], () => 'REAL NOT NULL DEFAULT 0'),
  ];
}
