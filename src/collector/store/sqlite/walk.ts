import {statSync} from 'node:fs';
import type {DatabaseSync, SQLInputValue} from 'node:sqlite';
import {UserError} from '../../../errors.ts';
import {type Kind, kinds} from '../../kinds.ts';
import {problemsIn} from './check.ts';
import {isDamage, whatIsWrong} from './errors.ts';
import {openForReading} from './open.ts';
import {unpackedIfSound} from './packing.ts';
import {tables} from './tables.ts';

/**
 * Reads a store through, a little at a time: SQLite's own check can't be stopped once it has begun, and takes minutes for
 * a large store. Every page of the tables and of their indexes is read; a page without its content, or with another, is
 * an error of SQLite or leaves a report that is no JSON. What only a comparison of the two shows, `serve check` finds.
 */

/** A b-tree, walked by its key. */
interface Tree {
  readonly table: string;
  readonly how: string;
  readonly keys: readonly string[];
  /** Which rows the index has, where it does not have all. */
  readonly only?: string;
  /** What has SQLite read the whole row; 1 if it is as it should be. */
  readonly sound: string;
}

/** The trees that each kind has. */
function treesOf({name, words, amounts, flags, counted}: Kind): Tree[] {
  const t = tables[name];
  const facts = [...words.map((word) => `length(${word})`), ...amounts, ...flags].join(' + ');
  return [
    {table: t.report, how: 'NOT INDEXED', keys: ['id'], sound: 'json_valid(unpacked(body))'},
    {table: t.report, how: `INDEXED BY ${t.report}_received`, keys: ['received', 'id'], sound: '1'},
    {table: t.report, how: `INDEXED BY ${t.report}_marked`, keys: ['marked', 'id'], only: 'marked > 0', sound: '1'},
    {table: t.cluster, how: 'NOT INDEXED', keys: ['id'], sound: 'length(name) > 0'},
    {table: t.cluster, how: '', keys: ['name'], sound: '1'},
    {table: t.cluster_day, how: '', keys: ['day', 'cluster'], sound: `${facts} IS NOT NULL`},
    {
      table: t.counter,
      how: '',
      keys: ['grain', 'dimension', 'period', 'value'],
      sound: `${counted.join(' + ')} IS NOT NULL`,
    },
    {table: t.cluster_period, how: '', keys: ['grain', 'period', 'cluster'], sound: 'length(change) > 0'},
    {table: t.tally, how: '', keys: ['grain', 'period', 'dimension', 'value'], sound: 'clusters IS NOT NULL'},
    {table: t.tracked, how: '', keys: ['grain', 'period'], sound: 'cluster IS NOT NULL'},
    {table: t.gathered, how: '', keys: ['id'], sound: 'last IS NOT NULL'},
    {table: t.numbered, how: '', keys: ['id'], sound: 'last IS NOT NULL'},
    {table: t.changed, how: '', keys: ['day'], sound: 'version IS NOT NULL'},
  ];
}

const trees: readonly Tree[] = [
  ...treesOf(kinds.spartakus),
  {table: 'cluster', how: 'INDEXED BY cluster_first_day', keys: ['first_day', 'id'], sound: '1'},
  {
    table: 'cluster',
    how: 'INDEXED BY cluster_unranked',
    keys: ['id'],
    only: 'unranked = 1 AND first_day = last_day',
    sound: '1',
  },
  ...treesOf(kinds.hodometer),
  {
    table: 'hodometer_report',
    how: 'INDEXED BY hodometer_report_once',
    keys: ['cluster', 'once'],
    only: 'once IS NOT NULL',
    sound: '1',
  },
  {table: 'refused', how: '', keys: ['day', 'reason'], sound: 'count IS NOT NULL'},
  {table: 'refused_marked', how: '', keys: ['span', 'day', 'reason'], sound: 'count IS NOT NULL'},
  {table: 'derived', how: '', keys: ['id'], sound: 'length(definition) > 0'},
  {table: 'packed', how: '', keys: ['id'], sound: 'last IS NOT NULL'},
  {table: 'moved', how: '', keys: ['id'], sound: 'length(export) > 0'},
  {table: 'sink', how: '', keys: ['name'], sound: 'position IS NOT NULL'},
  {table: 'undelivered', how: '', keys: ['sink', 'kind', 'number'], sound: 'length(outcome) > 0'},
  {table: 'parked', how: 'NOT INDEXED', keys: ['kind', 'number', 'sink'], sound: 'length(reason) > 0'},
  {table: 'parked', how: 'INDEXED BY parked_due', keys: ['sink', 'kind', 'due', 'number'], sound: '1'},
  {table: 'erasure', how: '', keys: ['sink', 'number'], sound: 'length(cluster) > 0'},
  {table: 'erased', how: '', keys: ['sink', 'cluster'], sound: 'length(outcome) > 0'},
  {table: 'held', how: '', keys: ['span'], sound: '1'},
  {table: 'relay', how: '', keys: ['id'], sound: 'since IS NOT NULL'},
  {table: 'clock', how: '', keys: ['id'], sound: 'trusted IS NOT NULL'},
  {table: 'sqlite_sequence', how: '', keys: ['rowid'], sound: 'seq IS NOT NULL'},
];

/** How far a walk has come: the tree, and the key of the last row that was read there. */
export interface Place {
  readonly tree: number;
  readonly key?: readonly SQLInputValue[];
}

export interface Walked {
  /** Where to go on; undefined if the store was read to its end. */
  readonly next: Place | undefined;
  /** What is damaged, in a few words; undefined if nothing is. */
  readonly damage?: string;
}

/**
 * Reads on from a place.
 *
 * @param most milliseconds; a single large row may take longer
 * @throws {UserError} input, if the store can't be opened for another reason than damage
 */
export function walk(path: string, from: Place, most: number): Walked {
  return opened(path, (database) => {
    // Opening takes its time too, and would leave none for reading.
    const end = performance.now() + most;
    let {tree, key} = from;
    for (; tree < trees.length; tree++, key = undefined) {
      const found = readTree(database, trees[tree]!, key, end);
      if (found.damage) return {next: following(tree), damage: found.damage};
      if (found.key) return {next: {tree, key: found.key}};
    }
    return {next: undefined};
  });
}

/** Bytes of a store that SQLite's own check is through with in a tenth of a second or so. */
const small = 32 * 1024 * 1024;

/**
 * Looks a store over within about `most` milliseconds: a small one whole, of a large one what is spread evenly over it.
 *
 * @returns what is damaged, in a few words
 */
export function lookOver(path: string, most: number): string | undefined {
  const end = performance.now() + most;
  const {next, damage} = walk(path, {tree: 0}, most / 2);
  if (damage) return damage;
  if (!next) return statSync(path).size > small ? undefined : problemsIn(path, 'quick')[0];
  return opened(path, (database) => {
    for (const tree of trees.slice(1)) {
      const found = readTree(database, tree, undefined, Math.min(end, performance.now() + most / 50));
      if (found.damage) return {next, damage: found.damage};
    }
    const {low, high} = database
      .prepare('SELECT (SELECT min(id) FROM report) AS low, (SELECT max(id) FROM report) AS high')
      .get() as {low: number; high: number};
    for (let i = 1; performance.now() < end; i++) {
      const id = Math.floor(low + spread(i) * (high - low));
      const found = readTree(database, trees[0]!, [id], Math.min(end, performance.now() + 2));
      if (found.damage) return {next, damage: found.damage};
    }
    return {next};
  }).damage;
}

/** The `i`th point of a sequence that fills 0 to 1 ever more densely (van der Corput's, in base 2). */
function spread(i: number): number {
  let point = 0;
  for (let half = 0.5, rest = i; rest > 0; rest = Math.floor(rest / 2), half /= 2) point += (rest % 2) * half;
  return point;
}

function following(tree: number): Place | undefined {
  return tree + 1 < trees.length ? {tree: tree + 1} : undefined;
}

function opened(path: string, read: (database: DatabaseSync) => Walked): Walked {
  let database: DatabaseSync | undefined;
  try {
    database = openForReading(path);
    database.function('unpacked', (body) => unpackedIfSound(body) ?? null);
    return read(database);
  } catch (error) {
    // What is told of a store that can't be opened has SQLite's own error as its cause; that it is gone has none.
    const cause = error instanceof UserError ? error.cause : error;
    if (isDamage(cause)) return {next: undefined, damage: whatIsWrong(cause)};
    throw error;
  } finally {
    database?.close();
  }
}

/** Reads rows after `key` until the tree or the time ends; `key` of the answer is that of the last row, if the time did. */
function readTree(
  database: DatabaseSync,
  {table, how, keys, only, sound}: Tree,
  key: readonly SQLInputValue[] | undefined,
  end: number,
): {key?: readonly SQLInputValue[]; damage?: string} {
  const list = keys.join(', ');
  const after = key ? `(${list}) > (${keys.map(() => '?').join(', ')})` : 'true';
  try {
    const rows = database
      .prepare(
        `SELECT ${list}, ${sound} AS sound FROM ${table} ${how} WHERE ${only ?? 'true'} AND ${after} ORDER BY ${list}`,
      )
      .iterate(...(key ?? []));
    for (const row of rows) {
      if (row.sound !== 1) return {damage: `a row of the table ${table} is not what was stored`};
      if (performance.now() > end) return {key: keys.map((name) => row[name] as SQLInputValue)};
    }
    return {};
  } catch (error) {
    if (isDamage(error)) return {damage: `${whatIsWrong(error)}, in the table ${table}`};
    throw error;
  }
}
