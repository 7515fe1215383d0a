import type {Amount, Flag, Told} from '../columns.ts';

/** Dimensions by which clusters are told apart. */
export type Dimension = 'all' | 'change' | Told;

/** One counter: clusters of a period that have a value, and what they add up to. */
export type Cell = {
  readonly dimension: Dimension;
  readonly value: string;
  readonly clusters: number;
} & {readonly [name in Amount]: number} & {
  /** Clusters that have the flag. */
  readonly [name in Flag]: number;
};
