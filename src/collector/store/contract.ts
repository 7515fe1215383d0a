import type {ClockRecord, Span} from '../clock.ts';
import type {Facts, KindName} from '../kinds.ts';
import type {KnownBodies, Moved, Piece} from './pieces.ts';
import type {Erasure, Queue} from './queue.ts';
import type {Reader} from './reader.ts';

export type {Cell, Dimension} from './cell.ts';
export type {Reader, State} from './reader.ts';

/**
 * What the collector needs of a store. An engine is one folder here and one implementation of this, with the test suite of
 * test/collector/store/suite.ts; nothing of it is known above. Each thread opens the store for itself. Trouble with it that
 * may pass (a full disk, a lost connection, a file that is gone) is a StoreTrouble, whatever the engine; any other error is
 * a bug, and surfaces as one.
 */

/** Where a store is. Only its engine reads more of it; plain data, for other threads. */
export interface StoreAddress {
  readonly engine: 'sqlite' | 'postgres';
  /** As people are told. */
  readonly shown: string;
  /** Whoever opens it for serving only passes on: it holds what waits for sinks, and no more. */
  readonly relay?: boolean | undefined;
}

/** A kind of store. */
export interface Engine {
  /** Whether its stores are files of the machine that runs this: what else is written there may take their room. */
  readonly isOnDisk: boolean;
  /** The address by the one name that a store has, however it is called. @throws {UserError} input */
  locate(address: StoreAddress): Promise<StoreAddress>;
  /**
   * Takes the store for one server until it is released or the process ends, and makes good what an interrupted restore
   * left.
   *
   * @param say is given lines for a log: what was made good, and who else may write there
   * @throws {UserError} input, if another server has it, or it can't be used
   */
  lock(address: StoreAddress, say: (line: string) => void): Promise<Held>;
  /** The store at an address that `locate` or `lock` gave. */
  at(address: StoreAddress): Store;
}

/** A store that a server has for itself. */
export interface Held {
  readonly address: StoreAddress;
  /** There is none yet. */
  readonly isNew: boolean;
  release(): Promise<void>;
}

/** A store at its place, to be opened. */
export interface Store {
  /** Opens it for its one writer. @throws {StoreTrouble} if it can't be used */
  writer(options: {
    /** Makes it if there is none. */
    readonly create: boolean;
    /** A writer of this process that was lost, and is closed: this one goes on as it. */
    readonly instead?: Writer | undefined;
  }): Promise<Writer>;
  /** Opens it for reading beside its writer. @throws {StoreTrouble} if there is none or it can't be used */
  reader(): Promise<Reader>;
  /**
   * Looks the store over now, for a second at most, and on while a server runs, slowly. Does what else the engine does beside
   * the writer, in a thread that has time.
   *
   * @param say is given a line when damage is found, once for each, and when there is none any more
   */
  watch(say: (line: string) => void): DamageWatch;
  /** Opens the queue of its sinks, beside its writer. @throws {StoreTrouble} if there is none or it can't be used */
  queue(): Promise<Queue>;
  readonly maintenance: Maintenance;
}

/** Looks for damage that no report and no question has met yet. */
export interface DamageWatch {
  /** What is damaged; undefined while nothing is known to be. */
  damage(): string | undefined;
  stop(): void;
}

/** What a person does to a store. All of it throws a UserError (input) where it can't be done. */
export interface Maintenance {
  /** Every cluster, those first that reported last, then by ID; one at a time, also beside a server. */
  clusters(): AsyncIterable<KnownCluster>;
  /** Copies one state of the store into a new file, also while a server runs. Bytes of the copy. */
  backUp(file: string): Promise<number>;
  /** Makes sure that a file is a backup that can be restored. */
  requireBackup(file: string): Promise<void>;
  /** Puts a backup in the place of the store; where the replaced one is kept, undefined if there was none. */
  restore(file: string, now: Date): Promise<string | undefined>;
  contents(): Promise<Contents>;
  /** How far the erasing of a cluster has come at each sink; none where it was not to be erased. */
  erasures(cluster: string): Promise<readonly Erasure[]>;
  /** Names of the sinks that a store only passes on to, keeping nothing (`Writer.relay`); undefined: it keeps what it takes. */
  passesOnlyTo(): Promise<readonly string[] | undefined>;
  /**
   * Everything that it holds, of one state, in the order of `kinds`; one at a time, also beside a server.
   *
   * @param bodies are not read again where they are at hand; what is given is the same
   */
  pieces(bodies?: KnownBodies): AsyncIterable<Piece>;
  /** What is wrong with it, found by looking at all of it. */
  problems(): Promise<readonly string[]>;
}

/** What the store knows of a cluster. Of the last day that it reported on; absent where that is too old to be kept. */
export interface KnownCluster {
  /** As it stands in its reports, and as `forget` takes it. */
  readonly clusterID: string;
  /** Its reports are events of Hodometer; an ID that has reports of both kinds is there twice. */
  readonly kind?: 'hodometer';
  /** Days, in UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly kubernetes?: string;
  /** Of what Hodometer reports, the tag of its image. */
  readonly seldon?: string;
  readonly provider?: string;
  readonly nodes?: number;
  /** Cores. */
  readonly cpu?: number;
  /** MiB. */
  readonly memory?: number;
  /** Accelerators. */
  readonly devices?: number;
}

/** What a store holds: reports of Spartakus' kind, and events of Hodometer. */
export interface Contents extends Kept {
  readonly schema: number;
  /** It only passes on: what it holds waits, for each of these as many. */
  readonly relay?: readonly {readonly sink: string; readonly waiting: number}[];
  /** Absent where no event ever came. */
  readonly hodometer?: Kept;
}

/** What it holds of a kind. Times are milliseconds; undefined if there is no report. */
export interface Kept {
  readonly reports: number;
  readonly clusters: number;
  readonly clusterDays: number;
  readonly oldest?: number;
  readonly newest?: number;
}

/**
 * A report that was judged good, with what statistics keep of it. Each kind (kinds.ts) has reports, clusters, days and
 * counters of its own: an ID that reports in two kinds is a cluster in each.
 */
export interface Accepted {
  readonly kind: KindName;
  /** Cluster ID; printable ASCII. */
  readonly cluster: string;
  /** The server's time, milliseconds; the sender's own time is in the body. */
  readonly received: number;
  /** JSON of the report, without what is not kept. */
  readonly body: string;
  /** A value for each stored column of the kind. */
  readonly facts: Facts;
  /** What this report is known by to its sender: another of its cluster with the same is the same again, and is not stored. */
  readonly once?: string | undefined;
  /** It arrived while the clock was in doubt: the span (clock.ts) by whose shift its date will be put right. */
  readonly span?: number | undefined;
  /** Besides, its date is so doubtful that a sink which keeps it waits for the right one, with all of its span. */
  readonly held?: boolean | undefined;
  /** Number of the network that sent it (network.ts), for counting in memory; never stored. */
  readonly network?: number | undefined;
}

/** Whether a new cluster of a network, day and kind is ranked at once. */
export type Admits = (network: number, day: number, kind: KindName) => boolean;

/*
 * What a period's cells are, whatever the engine. A period is a day, a week from Monday or a calendar month, in UTC.
 *
 * - A cluster that has a row of a day in the period counts once in it, by the row whose report arrived last.
 * - Dimensions: `all` has one cell, `''`. Of each other, a cluster is in one cell: of `change`, and of each column of its kind
 *   that tells clusters apart (columns.ts) in that of its value. A cell has the number of its clusters, what their amounts add
 *   up to, and how many have some of an amount that few have.
 * - `seen`: `several days` if the last day of the cluster is another than its first, else `one day`.
 * - `change`: `new`, if the first day of the cluster is in the period; else `staying`, if it has a row in the period before;
 *   else `returning`. Besides, `gone` counts the clusters that have a row in the period before and none in this one; no
 *   amounts. A period without any cluster has no cells, also none that are gone.
 * - First and last day of a cluster are those of its rows as they came, also where old rows are erased meanwhile. A cluster
 *   goes with the last of its rows, and when it is forgotten; if it comes back it is new.
 * - A cluster that was not admitted when it was new is unranked while it has reported on one day only: it counts in `all` and
 *   in `change`; of each other dimension it is in the cell `unranked`, and its amounts are in none.
 * - Of a dimension 200 values are kept at most (cells.ts).
 * - A day that changes, however late, has its periods counted anew and the ones after them, which compare with them; periods
 *   that began before the oldest day of which all rows are kept stay as they were counted.
 */

/**
 * What a store does besides where it only passes on. Reports then have no rows of days and are in no count, and a cluster is
 * known as long as a report of it is there.
 */
export interface Relay {
  /** Reports of each kind that some sink has not settled, at most. */
  waiting(): Promise<Readonly<Record<KindName, number>>>;
  /**
   * Erases reports that every sink has settled, so many at most.
   *
   * @returns how many
   */
  letGo(most: number): Promise<number>;
}

/** The one writer of a store. */
export interface Writer {
  /** The store only passes on. What it is it became when it was made (`StoreAddress.relay`), and stays. */
  readonly relay?: Relay | undefined;
  /**
   * Stores all of them or none, each of its kind once; what was stored survives the loss of power once this has returned.
   *
   * @param admits is asked once for each new cluster; one that is not admitted is unranked. Absent: all are admitted
   */
  append(batch: readonly Accepted[], admits?: Admits): Promise<void>;
  /** Adds to the number of refused reports of a day, by reason; with a span the day may be put right later. */
  countRefused(day: number, reasons: Readonly<Record<string, number>>, span?: number): Promise<void>;
  /**
   * Counts on, a little at a time: what changed since it was counted last. Called again and again while it runs, and after
   * each step others get their turn.
   *
   * @param most rows that are looked at in one step, where others wait for it; else the engine may take more
   * @returns false: everything is counted
   */
  count(now: CountedTo, most: number): Promise<boolean>;
  /** What was kept of the clock; undefined in a store that no clock was kept for. */
  clock(): Promise<ClockRecord | undefined>;
  keepClock(record: ClockRecord): Promise<void>;
  /** Newest time of a report of any kind that is not marked, milliseconds; undefined where there is none. */
  newest(): Promise<number | undefined>;
  /**
   * Adds the shift of a span to the dates of what is marked with it, at most so many reports at once, and takes their
   * marks. Afterwards a cluster's row of a day is that of the last report to arrive that is dated on it.
   *
   * @param damaged told of how many the text can't be read any more: the rows of their days stay where they are
   * @returns how many; 0: no mark of the span is left
   */
  redate(span: Span, most: number, damaged?: (count: number) => void): Promise<number>;
  /**
   * Makes stored reports smaller, those first that came first, so many at most; what they say stays, to the byte.
   *
   * @returns false: nothing is left to be done
   */
  pack(most: number): Promise<boolean>;
  /** Erases reports received before a time and rows of days before a day, at most so many, or what an engine drops at once; counters stay, and what is not counted yet will be. */
  discard(before: {readonly received: number; readonly day: number}, most: number): Promise<Erased>;
  /**
   * Takes pieces of another store, all or none, each in the place of what has its key; a cluster comes before what is of it,
   * and `numbered` before the reports. Afterwards the store counts and goes on as the other would.
   *
   * @param moved how far the import has come with them; undefined: it is finished
   * @throws {UserError} input, if there is no cluster that a piece is of
   */
  put(pieces: readonly Piece[], moved: Moved | undefined): Promise<void>;
  /** How far an import has come that is not finished; undefined where there is none. */
  moved(): Promise<Moved | undefined>;
  /**
   * From now on reports wait for these sinks, by their names; a sink that is new gets what comes from now on, others are known
   * no more.
   *
   * @throws {StoreTrouble} if it only passes on, and something waits for one that is left out
   */
  passOn(sinks: readonly string[]): Promise<void>;
  /**
   * Erases every report and row of a cluster, of each kind, whatever the spelling of its ID, also while another writer is at work.
   * Counters of periods that are over stay: they name nobody. Each sink is to erase it, too.
   *
   * @param today the running periods are counted again without it
   */
  forget(cluster: string, today: number): Promise<Forgot>;
  /** Makes good what erasing left behind, so that nothing erased is in any file. False: somebody was in the way; it is to be done again. */
  settle(): Promise<boolean>;
  close(): Promise<void>;
}

/** Days that counting goes by. */
export interface CountedTo {
  /** The day that is running. */
  readonly today: number;
  /** The first day of which every row is kept. */
  readonly oldest: number;
}

export interface Erased {
  readonly reports: number;
  readonly days: number;
}

/** What was forgotten, and whether every trace of it is gone: a busy server can keep that from being done now. */
export interface Forgot extends Erased {
  readonly settled: boolean;
}
