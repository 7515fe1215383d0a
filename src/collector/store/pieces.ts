import type {ClockRecord} from '../clock.ts';
import type {ClusterFacts} from '../columns.ts';
import type {Grain} from '../periods.ts';
import type {Cell} from './cell.ts';

/**
 * What a store holds, in pieces that any engine can give and take. What an engine makes of them besides (tables of counting,
 * indexes) it makes anew. Days are numbered from the epoch, in UTC.
 */
export type Piece =
  /** A cluster, before anything else of it. */
  | {
      readonly kind: 'cluster';
      readonly cluster: string;
      readonly first: number;
      readonly last: number;
      /** It was not admitted when it was new. */
      readonly unranked: boolean;
    }
  /** What statistics know of a cluster on a day; `number`: of which report, 0 where that is not known. */
  | {
      readonly kind: 'day';
      readonly day: number;
      readonly cluster: string;
      readonly number: number;
      /** Its mark; 0: none. */
      readonly span: number;
      readonly facts: ClusterFacts;
    }
  /** A report; `number`: its place in the order of arrival. */
  | {
      readonly kind: 'report';
      readonly number: number;
      /** Milliseconds. */
      readonly received: number;
      readonly cluster: string;
      readonly span: number;
      /** Its very text. */
      readonly body: string;
    }
  /** A counter of a period. */
  | {readonly kind: 'cell'; readonly grain: Grain; readonly period: number; readonly cell: Cell}
  /** Refused requests of a day in all. */
  | {readonly kind: 'refused'; readonly day: number; readonly reason: string; readonly count: number}
  /** As many of them are marked. */
  | {
      readonly kind: 'refused-in-doubt';
      readonly span: number;
      readonly day: number;
      readonly reason: string;
      readonly count: number;
    }
  /** A day whose periods are to be counted anew. */
  | {readonly kind: 'uncounted'; readonly day: number}
  /** The highest number that a report was given, also where that is erased. */
  | {readonly kind: 'numbered'; readonly last: number}
  | {readonly kind: 'clock'; readonly clock: ClockRecord};

export type Kind = Piece['kind'];

/** In the order in which a store gives them. */
export const kinds: readonly Kind[] = [
  ...(['numbered', 'clock', 'cluster', 'day', 'report', 'cell', 'refused', 'refused-in-doubt', 'uncounted'] as const),
];

/** How far an import has come that is not finished. */
export interface Moved {
  /** Which export it takes: a UUID. */
  readonly id: string;
  /** Lines of it that were taken. */
  readonly lines: number;
}
