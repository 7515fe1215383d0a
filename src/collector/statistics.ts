import {unranked} from './cells.ts';
import {type Column, none, sizeLabels} from './columns.ts';
import {fold, other} from './fold.ts';
import {getOrMake} from './get-or-make.ts';
import {type KindName, kindNames, kinds, type Sum} from './kinds.ts';
import {dayOf, type Grain, grains, isoDay, lastDayOf, movePeriod, periodOf} from './periods.ts';
import {type PeriodLabel, type Question, questions, type Series, type SeriesName, type Values} from './series.ts';
import type {Cell, Dimension, State} from './store/contract.ts';

/** Which series are wanted. */
export interface Wanted {
  /** The day that is running. */
  readonly today: number;
  /** Cells of fewer clusters are folded. */
  readonly minCell: number;
  /** Absent: all. */
  readonly grains?: readonly Grain[] | undefined;
  readonly names?: readonly SeriesName[] | undefined;
  /** Most periods of a series; absent: a quarter of days, a year of weeks, three years of months. */
  readonly periods?: number | undefined;
}

const defaultPeriods: Record<Grain, number> = {day: 90, week: 53, month: 36};

/**
 * Answers the questions from the counters of the store, newest period last. Those of Core 2 clusters, unless they are asked by
 * name, only where such a cluster has ever reported.
 */
export async function statistics(state: State, wanted: Wanted): Promise<Series[]> {
  const answers: Series[] = [];
  for (const grain of wanted.grains ?? grains) {
    const range = await rangeOf(state, grain, wanted);
    for (const question of questions) {
      if (!(wanted.names?.includes(question.name) ?? range.reported.has(question.kind))) continue;
      answers.push(await answer(state, grain, question, range, wanted.minCell));
    }
  }
  return answers;
}

interface Range {
  readonly periods: readonly number[];
  readonly labels: readonly PeriodLabel[];
  /** Kinds that have counters. Questions of Spartakus' clusters are always answered. */
  readonly reported: ReadonlySet<KindName>;
}

/** From the first period with counters, or as many as wanted, to the running one. */
async function rangeOf(state: State, grain: Grain, {today, periods: most}: Wanted): Promise<Range> {
  const running = periodOf(grain, today);
  const firsts = await Promise.all(kindNames.map((kind) => state.firstPeriod(kind, grain)));
  const first = Math.max(
    Math.min(...firsts.map((period) => period ?? running)),
    movePeriod(grain, running, 1 - (most ?? defaultPeriods[grain])),
  );
  const periods: number[] = [];
  for (let period = first; period <= running; period = movePeriod(grain, period, 1)) periods.push(period);
  if (periods.length === 0) periods.push(running);
  const labels = periods.map((period) => ({
    label: labelOf(grain, period),
    from: isoDay(period),
    to: isoDay(lastDayOf(grain, period)),
    complete: period < running,
  }));
  const reported = kindNames.filter((kind, i) => kind === 'spartakus' || firsts[i] !== undefined);
  return {periods, labels, reported: new Set(reported)};
}

function labelOf(grain: Grain, period: number): string {
  if (grain === 'day') return isoDay(period);
  if (grain === 'month') return isoDay(period).slice(0, 7);
  // ISO 8601: a week belongs to the year of its Thursday.
  const year = isoDay(period + 3).slice(0, 4);
  const fourth = dayOf(Date.UTC(Number(year), 0, 4));
  return `${year}-W${String((period - periodOf('week', fourth)) / 7 + 1).padStart(2, '0')}`;
}

const each: Record<Grain, string> = {day: 'day', week: 'week (from Monday)', month: 'calendar month'};

async function answer(state: State, grain: Grain, question: Question, range: Range, least: number): Promise<Series> {
  const {name, title, unit, kind, by, note} = question;
  const over =
    'refused' in by
      ? `Requests of each ${each[grain]} in UTC.`
      : `Clusters that reported in each ${each[grain]} in UTC, each by its last report in it.`;
  return {
    name: name as SeriesName,
    grain,
    title,
    unit,
    over: note ? `${over} ${note}` : over,
    periods: range.labels,
    values: await valuesOf({state, kind, grain, range}, by, least),
  };
}

/** Of what cells are asked. */
interface Asked {
  readonly state: State;
  readonly kind: KindName;
  readonly grain: Grain;
  readonly range: Range;
}

async function valuesOf(asked: Asked, by: Question['by'], least: number): Promise<Values[]> {
  const {state, grain, range} = asked;
  if ('refused' in by) return refused(state, grain, range);
  if ('total' in by) return total(asked, by.total, least);
  if ('some' in by) return withSome(asked, least);
  const cells = await cellsOf(asked, by.dimension);
  if (by.dimension === 'change')
    return change(withoutNew(cells, grain, least), await cellsOf(asked, 'all'), range, least);
  return table(
    cells.map((ofPeriod) => fold(ranked(ofPeriod), least)),
    cells,
    order(kinds[asked.kind].column(by.dimension)),
  );
}

/** The cells of each period of the range. */
async function cellsOf({state, kind, grain, range: {periods}}: Asked, dimension: Dimension): Promise<Cell[][]> {
  const byPeriod = new Map<number, Cell[]>(periods.map((period) => [period, []]));
  for (const cell of await state.series(kind, grain, dimension, periods[0]!, periods.at(-1)!)) {
    byPeriod.get(cell.period)?.push(cell);
  }
  return [...byPeriod.values()];
}

async function total(asked: Asked, what: 'clusters' | Sum, least: number): Promise<Values[]> {
  const {few, flags, column} = kinds[asked.kind];
  const cells = await cellsOf(asked, 'all');
  const word = column(what)?.toldBy as Dimension | undefined;
  const told = word === undefined ? undefined : await cellsOf(asked, word);
  const known = await rankedClusters(asked);
  const data = cells.map(([cell], i) => {
    if (!cell) return 0;
    if (known[i]! < least) return null;
    // Most clusters have none: the sum would be the one of the few that have some.
    if (told && atLeast(clustersWithAny(told[i]!), least) === null) return null;
    if (few.includes(what) && atLeast(some(cell, what), least) === null) return null;
    return flags.includes(what) ? atLeast(cell[what]!, least) : cell[what]!;
  });
  return [{name: flags.includes(what) ? 'clusters' : what, data}];
}

/** Clusters that have some of each amount that few have. Those that have none are the rest of all: neither may be a few. */
async function withSome(asked: Asked, least: number): Promise<Values[]> {
  const cells = await cellsOf(asked, 'all');
  const known = await rankedClusters(asked);
  return kinds[asked.kind].few.map((name) => ({
    name,
    data: cells.map(([cell], i) => {
      if (!cell) return 0;
      const number = some(cell, name);
      if (known[i]! < least || atLeast(known[i]! - number, least) === null) return null;
      return atLeast(number, least);
    }),
  }));
}

function some(cell: Cell, amount: string): number {
  return cell[`with_${amount}` as Sum] ?? 0;
}

/** Clusters of each period without those that are unranked: these hide no small group. */
async function rankedClusters(asked: Asked): Promise<number[]> {
  const cells = await cellsOf(asked, kinds[asked.kind].told[0]!);
  return cells.map((ofPeriod) => count(ranked(ofPeriod)));
}

function clustersWithAny(cells: readonly Cell[]): number {
  return count(ranked(cells).filter(({value}) => value !== none));
}

function ranked(cells: readonly Cell[]): Cell[] {
  return cells.filter(({value}) => value !== unranked);
}

function count(cells: readonly Cell[]): number {
  return cells.reduce((total, {clusters}) => total + clusters, 0);
}

function atLeast(clusters: number, least: number): number | null {
  return clusters > 0 && clusters < least ? null : clusters;
}

/** Values by name and period. Where something was folded, a value that is not shown may be there: it is null, not 0. */
function table(
  folded: readonly (readonly Cell[] | undefined)[],
  all: readonly Cell[][],
  inOrder: (a: Values, b: Values) => number,
): Values[] {
  const rows = new Map<string, (number | null)[]>();
  const rowOf = (value: string) =>
    getOrMake(rows, value, () => folded.map((shown, j) => (wasFolded(shown, ranked(all[j]!)) ? null : 0)));
  folded.forEach((cells, i) => {
    for (const {value, clusters} of cells ?? []) rowOf(value)[i] = clusters;
  });
  // Unranked clusters are told as `other`, after folding: whoever knows their number must not find a small group there.
  folded.forEach((cells, i) => {
    const clusters = count(all[i]!) - count(ranked(all[i]!));
    if (cells && clusters > 0) rowOf(other)[i]! += clusters;
  });
  return [...rows].map(([name, data]) => ({name, data})).sort(inOrder);
}

function wasFolded(shown: readonly Cell[] | undefined, all: readonly Cell[]): boolean {
  return shown === undefined || shown.length < all.filter(({clusters}) => clusters > 0).length;
}

const last = ['mixed', none, other, 'unknown'];

/** Versions from new to old, sizes from small to large, other values by their newest number; then what is no value. */
function order({type, isVersion}: Partial<Column> = {}): (a: Values, b: Values) => number {
  const bySize = (name: string) => sizeLabels.indexOf(name);
  return (a, b) => {
    const special = last.indexOf(a.name) - last.indexOf(b.name);
    if (special !== 0) return special;
    if (type === 'size') return bySize(a.name) - bySize(b.name);
    if (isVersion) return b.name.localeCompare(a.name, 'en', {numeric: true});
    return (b.data.at(-1) ?? 0) - (a.data.at(-1) ?? 0) || a.name.localeCompare(b.name, 'en');
  };
}

const changes = ['new', 'returning', 'staying', other, 'gone'] as const;

/** New, returning, staying and gone, of each period. Who is gone is known of a period that is over. */
function change(cells: readonly Cell[][], all: readonly Cell[][], {labels}: Range, least: number): Values[] {
  const periods = cells.map((ofPeriod, i) => {
    const told = changeOf(ofPeriod, all[i - 1]?.[0]?.clusters ?? 0, least);
    return labels[i]!.complete ? told : {...told, gone: null};
  });
  return changes
    .map((name) => ({name, data: periods.map((told) => told[name])}))
    .filter(({name, data}) => name !== other || data.some((number) => number !== 0));
}

/**
 * What is told of a period; null: hidden. Those that stayed and those that are gone make up the active ones of the period
 * before, so that either tells the other: both are shown or neither.
 *
 * @param before how many were active in the period before
 */
function changeOf(
  cells: readonly Cell[],
  before: number,
  least: number,
): Record<(typeof changes)[number], number | null> {
  const active = cells.filter(({value, clusters}) => value !== 'gone' && clusters > 0);
  const gone = atLeast(cells.length === 0 ? before : (numberOf(cells, 'gone') ?? 0), least);
  const shown = gone === null ? hideStaying(active, least) : fold(active, least);
  // Where something is hidden, a value that is not shown may be there: it is not 0.
  const isWhole = !wasFolded(shown, active) && numberOf(shown, other) === undefined;
  const told = (value: string) => numberOf(shown, value) ?? (isWhole ? 0 : null);
  const staying = told('staying');
  return {
    new: told('new'),
    returning: told('returning'),
    staying,
    [other]: numberOf(shown, other) ?? 0,
    gone: staying === null ? null : gone,
  };
}

function numberOf(cells: readonly Cell[] | undefined, value: string): number | undefined {
  return cells?.find((cell) => cell.value === value)?.clusters;
}

/**
 * A cluster is new once, so that the new ones of the days add up to those of their week and month: a hidden one could be
 * subtracted out. Where small groups are hidden, `new` is therefore told by weeks alone, which do not make up months.
 */
function withoutNew(cells: readonly Cell[][], grain: Grain, least: number): readonly Cell[][] {
  if (least <= 1 || grain === 'week') return cells;
  return cells.map((ofPeriod) => ofPeriod.map((cell) => (cell.value === 'new' ? {...cell, value: other} : cell)));
}

/** Folds so that `staying` is never shown: in `other` from the start, and never there alone. */
function hideStaying(active: readonly Cell[], least: number): Cell[] | undefined {
  const staying = numberOf(active, 'staying') ?? 0;
  return fold(
    active.map((cell) => (cell.value === 'staying' ? {...cell, value: other} : cell)),
    // More than `staying` alone: another one goes with it, if there is one.
    active.length > 1 ? Math.max(least, staying + 1) : least,
  );
}

async function refused(state: State, grain: Grain, {periods}: Range): Promise<Values[]> {
  const place = new Map(periods.map((period, i) => [period, i]));
  const rows = new Map<string, number[]>();
  const end = lastDayOf(grain, periods.at(-1)!);
  for (const {day, reason, count} of await state.refused(periods[0]!, end)) {
    const row = getOrMake(rows, reason, () => periods.map(() => 0));
    const i = place.get(periodOf(grain, day))!;
    row[i]! += count;
  }
  return [...rows].map(([name, data]) => ({name, data}));
}
