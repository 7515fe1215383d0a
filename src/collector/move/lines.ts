import {createHash} from 'node:crypto';
import {amounts, flags, stored} from '../columns.ts';
import {type Kind, kinds, type Piece} from '../store/pieces.ts';

/**
 * An export as text: lines of JSON (NDJSON). The first says what it is, each of the others but the last is a piece, and the
 * last has how many there are of each kind, and their sum.
 */
export const format = 1;

/** Pieces of a kind: how many, and a sum that does not depend on their order: of the first 64 bits of each line's SHA-256. */
export interface Sum {
  readonly count: number;
  /** 16 hexadecimal digits. */
  readonly sum: string;
}

export type Sums = {readonly [kind in Kind]: Sum};

/** The line of a piece, without its end: the same piece is the same line, whatever engine it comes from. */
export function lineOf(piece: Piece): string {
  switch (piece.kind) {
    case 'day': {
      const {kind, day, cluster, number, span, facts} = piece;
      return JSON.stringify({kind, day, cluster, number, span, ...pick(facts, stored)});
    }
    case 'cell': {
      const {kind, grain, period, cell} = piece;
      const values = pick(cell, ['dimension', 'value', 'clusters', ...amounts, ...flags]);
      return JSON.stringify({kind, grain, period, ...values});
    }
    case 'clock':
      return JSON.stringify({kind: piece.kind, ...pick(piece.clock, clockKeys)});
    default:
      return JSON.stringify(pick(piece, keysOf[piece.kind]));
  }
}

const numbers = ['trusted', 'floor', 'wall', 'observed', 'credit'] as const;
const clockKeys = [...numbers, 'state', 'open', 'due', 'spans'] as const;

/** Keys of the lines of each kind. */
export const keysOf: {readonly [kind in Kind]: readonly string[]} = {
  numbered: ['kind', 'last'],
  clock: ['kind', ...clockKeys],
  cluster: ['kind', 'cluster', 'first', 'last', 'unranked'],
  day: ['kind', 'day', 'cluster', 'number', 'span', ...stored],
  report: ['kind', 'number', 'received', 'cluster', 'span', 'body'],
  cell: ['kind', 'grain', 'period', 'dimension', 'value', 'clusters', ...amounts, ...flags],
  refused: ['kind', 'day', 'reason', 'count'],
  'refused-in-doubt': ['kind', 'span', 'day', 'reason', 'count'],
  uncounted: ['kind', 'day'],
};

function pick(from: object, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, (from as Record<string, unknown>)[key]]));
}

/** Adds up lines. */
export class Adding {
  readonly #sums = new Map<Kind, {count: number; sum: bigint}>(kinds.map((kind) => [kind, {count: 0, sum: 0n}]));

  add(kind: Kind, line: string): void {
    const sum = this.#sums.get(kind)!;
    sum.count++;
    sum.sum = BigInt.asUintN(64, sum.sum + createHash('sha256').update(line).digest().readBigUInt64BE());
  }

  sums(): Sums {
    const entries = [...this.#sums].map(([kind, {count, sum}]) => [
      kind,
      {count, sum: sum.toString(16).padStart(16, '0')},
    ]);
    return Object.fromEntries(entries);
  }
}

/** Kinds whose sums differ. */
export function differing(a: Sums, b: Sums): Kind[] {
  return kinds.filter((kind) => a[kind].count !== b[kind].count || a[kind].sum !== b[kind].sum);
}
