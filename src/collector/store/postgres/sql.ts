import type {Kind, KindName} from '../../kinds.ts';
import type {Session} from './sessions.ts';

/** Columns of statistics as SQL, made from the table of columns of a kind; and the tables of each kind. */

/** Names in a list, each in its form: `name` stands for the column. */
export function listed(form: string, names: readonly string[]): string {
  return names.map((name) => form.replaceAll('name', name)).join(', ');
}

/** SQL's type of a column; texts compare by their bytes, the same in every database. */
function typeOf({words, flags}: Kind, name: string): string {
  if (words.includes(name)) return 'text COLLATE "C"';
  return flags.includes(name) ? 'integer' : 'bigint';
}

/** The type of a list of its values, as a parameter. */
export function listTypeOf(kind: Kind, name: string): string {
  return `${typeOf(kind, name).split(' ')[0]}[]`;
}

/** Declaration of a column. A program that does not know one yet leaves it at its default. */
export function declared(kind: Kind, name: string): string {
  return `${name} ${typeOf(kind, name)} NOT NULL DEFAULT ${kind.words.includes(name) ? "'unknown'" : '0'}`;
}

/** Tables, sequences and functions that each kind has for itself, with the endings of their parts. */
const ofEach =
  /\bseldon_usage\.(?=(?:report|cluster|cluster_day|cluster_period|changed|counter|tally|tracked|pending|marked_day|day|swept|arrival|once|waiting|undelivered)(?:\b(?!_)|_m?\d|_(?:in|out|by)\b))/g;

/** A statement about the tables of a kind: those of Spartakus' reports have the plain names, in which statements are written. */
export function forKind(kind: KindName, statement: string): string {
  return kind === 'spartakus' ? statement : statement.replace(ofEach, `seldon_usage.${kind}_`);
}

/** A session that speaks of the tables of a kind. */
export function sessionFor(kind: KindName, session: Session): Session {
  if (kind === 'spartakus') return session;
  return {
    query: (text, values) => session.query(forKind(kind, text), values),
    batch: (text) => session.batch(forKind(kind, text)),
  };
}

/** Type numbers of text (pg_type.oid). */
const text = 25;

/**
 * A list of texts as the server has it in memory (array_recv of its source): long texts with many quotes are neither
 * written with escapes nor read from them.
 */
export function textList(texts: readonly string[]): Buffer {
  const bytes = texts.map((one) => Buffer.byteLength(one));
  const list = Buffer.allocUnsafe(20 + bytes.reduce((sum, length) => sum + 4 + length, 0));
  // Dimensions, whether any is null, type, length, and the number of the first.
  let at = 0;
  for (const number of [1, 0, text, texts.length, 1]) at = list.writeInt32BE(number, at);
  for (const [i, one] of texts.entries()) {
    at = list.writeInt32BE(bytes[i]!, at);
    at += list.write(one, at);
  }
  return list;
}

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
