import {createHash} from 'node:crypto';
import {kinds as reportKinds} from '../kinds.ts';
import {type Kind, kinds, type Of, type Piece} from '../store/pieces.ts';

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
  const of = 'of' in piece ? piece.of : undefined;
  const keys = keysOf(piece.kind, of);
  switch (piece.kind) {
    case 'day':
      return JSON.stringify(pick({...piece, ...piece.facts}, keys));
    case 'cell':
      return JSON.stringify(pick({...piece, ...piece.cell}, keys));
    case 'clock':
      return JSON.stringify(pick({...piece, ...piece.clock}, keys));
    default:
      return JSON.stringify(pick(piece, keys));
  }
}

const clockKeys = ['trusted', 'floor', 'wall', 'observed', 'credit', 'state', 'open', 'due', 'spans'] as const;

/** Keys of the lines of a kind, in their order; of a kind of report: absent for Spartakus'. */
export function keysOf(kind: Kind, of: Of | undefined): readonly string[] {
  const {stored, counted} = reportKinds[of ?? 'spartakus'];
  const keys: {readonly [kind in Kind]: readonly string[]} = {
    numbered: ['last'],
    clock: clockKeys,
    cluster: ['cluster', 'first', 'last', 'unranked'],
    day: ['day', 'cluster', 'number', 'span', ...stored],
    report: ['number', 'received', 'cluster', 'span', 'body', ...(of === undefined ? [] : ['once'])],
    cell: ['grain', 'period', 'dimension', 'value', ...counted],
    refused: ['day', 'reason', 'count'],
    'refused-in-doubt': ['span', 'day', 'reason', 'count'],
    uncounted: ['day'],
  };
  return ['kind', ...(of === undefined ? [] : ['of']), ...keys[kind]];
}

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
