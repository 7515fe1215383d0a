import type {Connection} from '../cluster/connection/connection.ts';
import type {Report} from '../report/index.ts';
import type {Surroundings, Value} from '../settings.ts';
import type {Collected, CollectOptions, Progress} from './collected.ts';
import {chosenDestinations, doubtsOf, shownDestinations} from './destination.ts';
import type {SeenCore2} from './hodometer.ts';
import {readReport} from './read-report.ts';
import {withConnection} from './with-connection.ts';

/** What is shown: the report of a file (`-`: standard input), else one that is built now. */
export interface ShowOptions {
  /** URLs that the user named; none: the setting. */
  readonly url?: readonly string[] | undefined;
  readonly file?: string | undefined;
  readonly collect: CollectOptions;
  /** Look at what Seldon Core 2's Hodometer sends, too. */
  readonly hodometer?: boolean;
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
  /** What else reports from the cluster; absent without Seldon Core 2. */
  readonly hodometer?: SeenCore2;
}

/**
 * Builds the report as `send` does, or reads one. Sends nothing, and the cluster is not changed.
 *
 * @throws {UserError}
 */
export async function show(
  {url, file, collect: how, hodometer = false}: ShowOptions,
  around: Surroundings,
  progress?: Progress,
): Promise<ShowResult> {
  const chosen = chosenDestinations(url, around);
  const destination = shownDestinations(chosen);
  const doubts = doubtsOf(chosen);
  if (file !== undefined) return {report: await readReport(file), destination, doubts, file};
  const {collect, collectFrom, requireOnline} = await import('./collect.ts');
  if (!hodometer || how.nodes !== undefined) {
    const collected = await collect(how, around, progress);
    return {report: collected.report, destination, doubts, collected};
  }
  await requireOnline(how, around);
  const seen = await withConnection(how.connection, around, (connection) =>
    seeBoth(connection, how, collectFrom(connection, how, around, progress)),
  );
  return {...seen, destination, doubts};
}

/** The report and what Hodometer sends, looked at side by side: the second takes the version from the first. */
export async function seeBoth(
  connection: Connection,
  {namespace}: CollectOptions,
  collecting: Promise<Collected>,
): Promise<Pick<ShowResult, 'report' | 'collected' | 'hodometer'>> {
  const {readVersion} = await import('../cluster/version.ts');
  const {seeHodometer} = await import('./hodometer.ts');
  const version = async () => (await collecting).report.masterVersion || readVersion(connection);
  const [collected, hodometer] = await Promise.all([collecting, seeHodometer(connection, namespace, version)]);
  return {report: collected.report, collected, ...(hodometer ? {hodometer} : {})};
}
