import type {KindName} from '../kinds.ts';
import type {Grain} from '../periods.ts';
import type {Cell, Dimension} from './cell.ts';

/** A reader beside the writer; it sees what was committed, and never waits for the writer. */
export interface Reader {
  /** Hands over one state of the store, whatever is written meanwhile; it is read no more when `read` is done. */
  still<T>(read: (state: State) => Promise<T>): Promise<T>;
  /** Bytes of the store. */
  bytes(): Promise<number>;
  /** False if the store was replaced since this reader was opened: then it must be opened anew. */
  isCurrent(): boolean;
  close(): Promise<void>;
}

/** One state of the store. */
export interface State {
  /** Counters of a dimension of a kind for the periods `from` to `to`, both included. */
  series(
    kind: KindName,
    grain: Grain,
    dimension: Dimension,
    from: number,
    to: number,
  ): Promise<readonly (Cell & {period: number})[]>;
  /** First period of a kind that has counters; undefined if there is none. */
  firstPeriod(kind: KindName, grain: Grain): Promise<number | undefined>;
  refused(from: number, to: number): Promise<readonly {day: number; reason: string; count: number}[]>;
}
