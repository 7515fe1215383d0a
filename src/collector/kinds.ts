import type {Report} from '../report/index.ts';
import {type Column, columns} from './columns.ts';
import {clusterFacts} from './facts.ts';
import {hodometerColumns} from './hodometer/columns.ts';
import {eventFacts, type StoredEvent} from './hodometer/facts.ts';

/**
 * The kinds of reports that a collector takes. A store keeps each for itself, in the same way: its reports, its clusters,
 * their days, and what they add up to.
 */

export const kindNames = ['spartakus', 'hodometer'] as const;

/** `spartakus`: reports of this tool and other volunteers; `hodometer`: events of Seldon Core 2. */
export type KindName = (typeof kindNames)[number];

type Columns = (typeof columns)[number] | (typeof hodometerColumns)[number];
type Named<T extends Column['type']> = Extract<Columns, {type: T}>['name'];

/** What logs call the reports of a kind. */
export const nouns: Readonly<Record<KindName, string>> = {spartakus: 'reports', hodometer: 'events'};

/** What clusters of some kind are told apart by. */
export type Told = Named<'word' | 'size' | 'seen'>;
type Amount = Named<'amount'>;
type Flag = Named<'flag'>;

/** What a cell of some kind adds up, besides its clusters. `with_…`: clusters that have some of an amount. */
export type Sum = Amount | `with_${Amount}` | Flag;

/** What statistics know of a cluster on a day: a value for each stored column of its kind. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** The table of a kind, and what follows from it. */
export interface Kind {
  readonly name: KindName;
  /** Whether senders name their reports, so that each is stored once (`once` of what is accepted). */
  readonly areNamed: boolean;
  readonly columns: readonly Column[];
  readonly words: readonly string[];
  readonly amounts: readonly string[];
  readonly flags: readonly string[];
  /** Amounts of which those who have some are counted beside it. */
  readonly few: readonly string[];
  /** What clusters are told apart by. */
  readonly told: readonly Told[];
  /** What a row of the store has, words first. */
  readonly stored: readonly string[];
  /** What cells add up, besides clusters: amounts, those who have some of it, flags. */
  readonly sums: readonly Sum[];
  /** All that cells count. */
  readonly counted: readonly ('clusters' | Sum)[];
  /** The dimensions of its cells. */
  readonly dimensions: readonly ('all' | 'change' | Told)[];
  /** Columns that the list of clusters has, with what they are called there. */
  readonly listed: readonly (readonly [column: string, name: NonNullable<Column['listed']>])[];
  /** The table's line of a column. */
  column(name: string): Column | undefined;
  /** Facts of a body as it is stored. */
  facts(body: string): Facts;
}

function kind(name: KindName, all: readonly Column[], facts: (value: never) => Facts): Kind {
  const named = (...types: readonly Column['type'][]) =>
    all.filter(({type}) => types.includes(type)).map((column) => column.name);
  const [words, amounts, flags] = [named('word'), named('amount'), named('flag')];
  const few = all.filter((column) => column.few).map((column) => column.name);
  const told = named('word', 'size', 'seen') as Told[];
  const sums = [...amounts, ...few.map((amount) => `with_${amount}`), ...flags] as Sum[];
  return {
    name,
    areNamed: name === 'hodometer',
    columns: all,
    words,
    amounts,
    flags,
    few,
    told,
    stored: [...words, ...amounts, ...flags],
    sums,
    counted: ['clusters', ...sums],
    dimensions: ['all', 'change', ...told],
    listed: all.flatMap(({name, listed}) => (listed ? [[name, listed] as const] : [])),
    column: (name) => all.find((column) => column.name === name),
    facts: (body) => facts(JSON.parse(body) as never),
  };
}

export const kinds: Readonly<Record<KindName, Kind>> = {
  spartakus: kind('spartakus', columns, (report: Report) => clusterFacts(report)),
  hodometer: kind('hodometer', hodometerColumns, (event: StoredEvent) => eventFacts(event)),
};

/** Values of the column `seen`. */
export const seenOn = {one: 'one day', several: 'several days'} as const;
