import {amounts, flags, stored, words} from '../../columns.ts';

/** Columns of statistics as SQL, made from the table of columns. */

/** Names in a list, each in its form: `name` stands for the column. */
export function listed(form: string, names: readonly string[] = stored): string {
  return names.map((name) => form.replaceAll('name', name)).join(', ');
}

/** SQL's type of a column; texts compare by their bytes, the same in every database. */
export function typeOf(name: string): string {
  if ((words as readonly string[]).includes(name)) return 'text COLLATE "C"';
  return (flags as readonly string[]).includes(name) ? 'integer' : 'bigint';
}

/** The type of a list of its values, as a parameter. */
export function listTypeOf(name: string): string {
  return `${typeOf(name).split(' ')[0]}[]`;
}

/** Declarations of the columns. A program that does not know one yet leaves it at its default. */
export function declared(name: string): string {
  const isWord = (words as readonly string[]).includes(name);
  return `${name} ${typeOf(name)} NOT NULL DEFAULT ${isWord ? "'unknown'" : '0'}`;
}

/** Columns of counters that are added up. */
export const summed: readonly string[] = ['clusters', ...amounts, ...flags];

/** Numbers of arrival that a batch has to itself: by so many the sequence goes on. */
export const numbersOfBatch = 4096;

/** Keys of advisory locks, all of them of a transaction: others last with the connection, which a pooler shares out. */
const application = 0x53555347;
export const locks = {
  migration: `${application}, 1`,
  /** Held shared by who stores reports, alone by who erases clusters or dates reports anew. */
  gate: `${application}, 2`,
  partitions: `${application}, 3`,
} as const;
