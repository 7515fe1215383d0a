import {readToken} from '../collector/access.ts';
import {askCsv, askStatistics} from '../collector/ask.ts';
import type {Grain} from '../collector/periods.ts';
import {questions, type Statistics} from '../collector/series.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

export interface StatsOptions {
  readonly url: string;
  readonly tokenFile?: string | undefined;
  readonly minCell?: number | undefined;
  readonly grains?: readonly Grain[] | undefined;
  /** Names of series; absent: all. */
  readonly series?: readonly string[] | undefined;
  readonly periods?: number | undefined;
}

/** Names of all series. */
export const seriesNames: readonly string[] = questions.map(({name}) => name);

function questionOf({url, tokenFile, minCell, grains, series, periods}: StatsOptions) {
  for (const name of series ?? []) {
    if (!seriesNames.includes(name)) {
      throw new UserError('usage', `There is no series ${JSON.stringify(clean(name, 60))}.`, {
        suggestions: [`The series: ${seriesNames.join(', ')}`],
      });
    }
  }
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  return {url, token, minCell, grains, names: series, periods};
}

/**
 * Asks a running collector for its statistics.
 *
 * @throws {UserError} usage or input
 */
export function stats(options: StatsOptions): Promise<Statistics> {
  return askStatistics(questionOf(options));
}

/**
 * The same as CSV, as the collector writes it.
 *
 * @throws {UserError} usage or input
 */
export function statsCsv(options: StatsOptions): Promise<string> {
  return askCsv(questionOf(options));
}
