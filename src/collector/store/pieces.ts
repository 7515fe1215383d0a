import type {ClockRecord} from '../clock.ts';
import type {Facts, KindName} from '../kinds.ts';
import type {Grain} from '../periods.ts';
import type {Cell} from './cell.ts';

/**
 * What a store holds, in pieces that any engine can give and take. What an engine makes of them besides (tables of counting,
 * indexes) it makes anew. Days are numbered from the epoch, in UTC. `of`: of which kind of report a piece is; absent: of
 * Spartakus'.
 */
export type Piece =
  /** A cluster, before anything else of it. */
  | {
      readonly kind: 'cluster';
      readonly of?: Of;
      readonly cluster: string;
      readonly first: number;
      readonly last: number;
      /** It was not admitted when it was new. */
      readonly unranked: boolean;
    }
  /** What statistics know of a cluster on a day; `number`: of which report, 0 where that is not known. */
  | {
      readonly kind: 'day';
      readonly of?: Of;
      readonly day: number;
      readonly cluster: string;
      readonly number: number;
      /** Its mark; 0: none. */
      readonly span: number;
      readonly facts: Facts;
    }
  /** A report; `number`: its place in the order of arrival. */
  | {
      readonly kind: 'report';
      readonly of?: Of;
      readonly number: number;
      /** Milliseconds. */
      readonly received: number;
      readonly cluster: string;
      readonly span: number;
      /** Its very text. */
      readonly body: string;
      /** What it is known by to its sender. */
      readonly once?: string;
    }
  /** A counter of a period. */
  | {readonly kind: 'cell'; readonly of?: Of; readonly grain: Grain; readonly period: number; readonly cell: Cell}
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
  | {readonly kind: 'uncounted'; readonly of?: Of; readonly day: number}
  /** The highest number that a report was given, also where that is erased. */
  | {readonly kind: 'numbered'; readonly of?: Of; readonly last: number}
  | {readonly kind: 'clock'; readonly clock: ClockRecord};

export type Kind = Piece['kind'];

/** Kinds of reports of which pieces say so. */
export type Of = Exclude<KindName, 'spartakus'>;

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

/** A report without its body: what it is known by. */
export type ReportKey = Omit<Piece & {kind: 'report'}, 'kind' | 'span' | 'body'>;

/**
 * Bodies of reports that are at hand: an earlier export had them. They are nearly all that a store holds, and never change.
 * Where one is not at hand it is read of the store, which alone says which reports there are.
 */
export interface KnownBodies {
  /** None is at hand any more. */
  readonly isSpent: boolean;
  /**
   * The body of a report, where it is at hand. Reports are asked for in the order of the store, each once.
   *
   * @param order of two reports of a kind, in the store
   * @param isIts whether a body is that of the report, where the store knows more of it than its key
   */
  take(
    report: ReportKey,
    order: (a: ReportKey, b: ReportKey) => number,
    isIts?: (body: string) => boolean,
  ): Promise<string | undefined>;
}
