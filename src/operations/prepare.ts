import type {Connection} from '../cluster/connection/connection.ts';
import {idWritten} from '../cluster/stored-id.ts';
import {readAgreed} from '../consent/agreed.ts';
import {requireNoVeto} from '../consent/consent.ts';
import {scopeOfFile, widerThan} from '../consent/scope.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {measure} from '../host/measure.ts';
import {isUuid} from '../host/uuid.ts';
import {encodeReport, type Report} from '../report/index.ts';
import {type Surroundings, stateDirectoryIfAny} from '../settings.ts';
import {collectFrom, collectOffline, requireOnline} from './collect.ts';
import {type Collected, requireID} from './collected.ts';
import {type Chosen, doubtsOf} from './destination.ts';
import {readReport} from './read-report.ts';
import type {Prepared, SendHooks, SendOptions} from './sending.ts';
import type {Word} from './word.ts';

/** What is sent, and where to. */
export interface PrepareOptions extends Pick<SendOptions, 'file' | 'collect' | 'dryRun' | 'stateDir' | 'yes'> {
  readonly to: Chosen;
}

/** Whether a report is of a cluster that has to be read, and none of a file or of nodes that a file lists. */
export function readsCluster({file, collect}: Pick<SendOptions, 'file' | 'collect'>): boolean {
  return file === undefined && collect.nodes === undefined;
}

/**
 * Refuses what can be seen to be wrong before any cluster is asked.
 *
 * @throws {UserError} usage
 */
export async function requireReadable(
  {file, collect}: Pick<SendOptions, 'file' | 'collect'>,
  around: Surroundings,
): Promise<void> {
  if (file === undefined && collect.nodes === undefined) await requireOnline(collect, around);
}

/**
 * Builds what is about to be sent, so that it can be shown. Reads only: nothing is stored in the cluster, nor put into the
 * outbox.
 *
 * @param connection to the cluster that is read; undefined: a file is
 * @throws {ClusterForbids} as soon as the cluster was heard to forbid it, whatever else is wrong with it
 * @throws {UserError} what `collect` and the reading of a report throw
 */
export async function prepare(
  connection: Connection | undefined,
  options: PrepareOptions,
  around: Surroundings,
  hooks: SendHooks = {},
): Promise<Prepared> {
  return {...(await built(connection, options, around, hooks)), ...options.to, doubts: doubtsOf(options.to)};
}

type Built = Omit<Prepared, 'destinations' | 'origin'>;

async function built(
  connection: Connection | undefined,
  {file, collect, dryRun, stateDir, yes}: PrepareOptions,
  around: Surroundings,
  {progress, warn}: SendHooks,
): Promise<Built> {
  if (file !== undefined) {
    const report = await readReport(file);
    requireUuid(report, file);
    const scope = scopeOfFile(report);
    const folder = stateDirectoryIfAny(stateDir, around);
    const wider = folder === undefined ? [] : widerThan(readAgreed(folder, report.clusterID), scope);
    return {...encoded(report), file, wider, askedCluster: false, scope};
  }
  const heard = (word: Word) => {
    collect.heard?.(word);
    requireNoVeto(word);
  };
  const how = {...collect, heard, keepsNothing: dryRun, unasked: yes && !dryRun};
  const collected = connection
    ? await collectFrom(connection, how, around, progress)
    : await collectOffline(how, around, progress);
  requireID(collected);
  for (const warning of collected.warnings) warn?.(warning);
  const {wider, scope, cluster} = collected;
  const makes = madeBy(collected);
  return {
    ...encoded(collected.report),
    collected,
    wider,
    ...(makes ? {makes} : {}),
    askedCluster: cluster !== undefined,
    scope,
    ...(connection && cluster ? {reached: {connection, how: collect.connection}} : {}),
  };
}

/** A report as it leaves, with its measure. */
export function encoded(report: Report): Pick<Prepared, 'report' | 'bytes' | 'size' | 'sha256'> {
  const text = encodeReport(report);
  const {bytes: size, sha256} = measure(text);
  return {report, bytes: text, size, sha256};
}

/** What sending makes in the cluster, where it keeps no ID yet. */
function madeBy({home, clusterID, word}: Collected): Prepared['makes'] {
  if (home === undefined || clusterID?.origin.from !== 'local') return undefined;
  return idWritten(home, clusterID.value, word ?? {present: []});
}

function requireUuid({clusterID}: Report, file: string): void {
  if (isUuid(clusterID)) return;
  throw new UserError(
    'input',
    `The cluster ID in ${file === '-' ? 'the report' : clean(file)} is not a UUID; a name would identify its owner.`,
    {suggestions: ['Build the report with seldon-usage collect.']},
  );
}
