import type {Kind, Sum} from '../kinds.ts';

/** Dimensions by which clusters are told apart. */
export type Dimension = Kind['dimensions'][number];

/** One counter: clusters of a period that have a value, and what they add up to. It has the sums of its kind. */
export type Cell = {
  readonly dimension: Dimension;
  readonly value: string;
  readonly clusters: number;
} & {readonly [name in Sum]?: number};
