import {readToken} from '../collector/access.ts';
import {askCsv, askStatistics} from '../collector/ask.ts';
import {toCsv} from '../collector/csv.ts';
import {dayOf, type Grain} from '../collector/periods.ts';
import {questions, type SeriesName, type Statistics} from '../collector/series.ts';
import {statistics} from '../collector/statistics.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {dashboardUrl, defaults, type Surroundings} from '../settings.ts';
import {keepingStore} from './store.ts';

export interface StatsOptions {
  /** Of a running collector's dashboard. */
  readonly url?: string | undefined;
  /** A store that is read instead: as `serve` takes it, or just its file. */
  readonly store?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly minCell?: number | undefined;
  readonly grain?: readonly Grain[] | undefined;
  /** Names of series; absent: all. */
  readonly series?: readonly string[] | undefined;
  readonly periods?: number | undefined;
}

/** Names of all series. */
export const seriesNames: readonly string[] = questions.map(({name}) => name);

function questionOf({url = dashboardUrl, tokenFile, minCell, grain, series, periods}: StatsOptions) {
  requireKnown(series);
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  return {url, token, minCell, grains: grain, names: series, periods};
}

function requireKnown(series: readonly string[] = []): void {
  for (const name of series) {
    if (seriesNames.includes(name)) continue;
    throw new UserError('usage', `There is no series ${JSON.stringify(clean(name, 60))}.`, {
      suggestions: [`The series: ${seriesNames.join(', ')}`],
    });
  }
}

/**
 * Asks a running collector for its statistics, or reads a store's, as far as they are counted there.
 *
 * @throws {UserError} usage or input
 */
export function stats(options: StatsOptions, around: Surroundings): Promise<Statistics> {
  return options.store === undefined ? askStatistics(questionOf(options)) : readStatistics(options, around);
}

/**
 * The same as CSV, as the collector writes it.
 *
 * @throws {UserError} usage or input
 */
export async function statsCsv(options: StatsOptions, around: Surroundings): Promise<string> {
  if (options.store === undefined) return askCsv(questionOf(options));
  return toCsv((await readStatistics(options, around)).series);
}

async function readStatistics(
  {store = '', minCell = defaults.minCell, grain, series, periods}: StatsOptions,
  around: Surroundings,
): Promise<Statistics> {
  requireKnown(series);
  const now = new Date();
  const wanted = {
    today: dayOf(now.getTime()),
    minCell,
    grains: grain,
    names: series as SeriesName[] | undefined,
    periods,
  };
  // A scheme has two letters at least: C:\ is a file.
  const opened = await keepingStore(/^[a-z]{2,}:|^stdout$/i.test(store) ? store : `sqlite:${store}`, around);
  const reader = await opened.reader();
  try {
    const answers = await reader.still((state) => statistics(state, wanted));
    return {generated: now.toISOString(), minCell, series: answers};
  } finally {
    await reader.close();
  }
}
