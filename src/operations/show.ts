import type {Report} from '../report/index.ts';
import type {Surroundings, Value} from '../settings.ts';
import type {Collected, CollectOptions, Progress} from './collected.ts';
import {chosenDestinations, doubtsOf, shownDestinations} from './destination.ts';
import {readReport} from './read-report.ts';

/** What is shown: the report of a file (`-`: standard input), else one that is built now. */
export interface ShowOptions {
  /** URLs that the user named; none: the setting. */
  readonly urls: readonly string[];
  readonly file?: string | undefined;
  readonly collect: CollectOptions;
}

/** A report, and what a person wants to know about it before it is sent. */
export interface ShowResult {
  readonly report: Report;
  readonly destination: Value;
  /** What send would say of the destination, a clause each. */
  readonly doubts?: readonly string[];
  /** Where the report comes from, if not from a cluster. */
  readonly file?: string;
  /** What only the one who built it knows. */
  readonly collected?: Collected;
}

/**
 * Builds the report as `send` does, or reads one. Sends nothing, and the cluster is not changed.
 *
 * @throws {UserError}
 */
export async function show(
  {urls, file, collect: how}: ShowOptions,
  around: Surroundings,
  progress?: Progress,
): Promise<ShowResult> {
  const chosen = chosenDestinations(urls, around);
  const destination = shownDestinations(chosen);
  const doubts = doubtsOf(chosen);
  if (file !== undefined) return {report: await readReport(file), destination, doubts, file};
  const {collect} = await import('./collect.ts');
  const collected = await collect(how, around, progress);
  return {report: collected.report, destination, doubts, collected};
}
