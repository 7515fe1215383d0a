import {type IDWritten, idWritten} from '../cluster/stored-id.ts';
import {readAgreed, writeAgreed} from '../consent/agreed.ts';
import {type Consent, consentNeeded, declined, NotNow, requireNoVeto, requireSwitchedOn} from '../consent/consent.ts';
import {agreedWith, type Scope, scopeOfFile, widerThan} from '../consent/scope.ts';
import {prepareToDeliver} from '../delivery/deliver.ts';
import {type Destination, requireConfidential} from '../delivery/destination.ts';
import {claim, type Dispatched, dispatch, type OnWaiting} from '../delivery/dispatch.ts';
import {withLock} from '../delivery/lock.ts';
import {notWritable} from '../delivery/not-writable.ts';
import {putInOutbox} from '../delivery/outbox.ts';
import {recover} from '../delivery/recover.ts';
import {sharedState} from '../delivery/shared-state.ts';
import {prepareState} from '../delivery/state-folder.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {measure} from '../host/measure.ts';
import {isUuid} from '../host/uuid.ts';
import {encodeReport, type Report} from '../report/index.ts';
import {type Surroundings, stateDirectory, stateDirectoryIfAny, type Value} from '../settings.ts';
import {readAuthorities} from './authorities.ts';
import {type Collected, type CollectOptions, collect, type Progress, requireID} from './collect.ts';
import {chosenDestinations, doubtsOf} from './destination.ts';
import {askAgain, keepID} from './keep-id.ts';
import {readReport} from './read-report.ts';
import {reportsKept} from './reports-kept.ts';

// For who calls this: the switches come before the user's settings are read.
export {requireSwitchedOn} from '../consent/consent.ts';

/** What every way of sending needs. */
export interface Sending {
  /** The user agreed beforehand. */
  readonly yes: boolean;
  readonly allowHttp: boolean;
  /** Milliseconds for a delivery in all. */
  readonly timeout: number;
  /** File with the CAs to trust instead of the system's. */
  readonly cacert?: string | undefined;
  readonly stateDir?: string | undefined;
  /** What the user says of the setting `keep-reports`. */
  readonly keep?: string | undefined;
}

export interface SendOptions extends Sending {
  /** URLs that the user named; none: the setting. */
  readonly urls: readonly string[];
  /** Do all but the POST, and what only serves it: nothing is stored, in the cluster or here. */
  readonly dryRun: boolean;
  /** A report file (`-`: standard input) instead of the cluster. */
  readonly file?: string | undefined;
  /** How the report is built, where no file is given. */
  readonly collect: CollectOptions;
  /** Whether this is one run of a process that stays. */
  readonly stays: boolean;
}

/** What is about to be sent: what the person sees before the question. */
export interface Preview {
  readonly report: Report;
  /** The very bytes, as text. */
  readonly bytes: string;
  /** Their number, and their hex SHA-256. */
  readonly size: number;
  readonly sha256: string;
  readonly destinations: readonly Destination[];
  readonly origin: Value['origin'];
  readonly collected?: Collected;
  readonly file?: string;
  /** What is to be known of the destinations, a clause each. */
  readonly doubts?: readonly string[];
  /** What goes beyond the last report that was agreed to for this cluster here, a clause each. */
  readonly wider: readonly string[];
  /** The ConfigMap that sending makes in the cluster, or the ID that it puts into one that is there. */
  readonly makes?: IDWritten;
  /** Whether a cluster was asked whether it forbids reports of it. */
  readonly askedCluster: boolean;
}

/** The person's side; without `agree` there is nobody to ask. */
export interface SendHooks {
  readonly agree?: ((preview: Preview) => Promise<boolean>) | undefined;
  readonly progress?: Progress | undefined;
  readonly onRetry?: OnWaiting | undefined;
  /** Told what the person should know, one sentence each. */
  readonly warn?: ((warning: string) => void) | undefined;
  /** Told before a report leaves of which no cluster was asked whether it forbids that, and nobody is asked either. */
  readonly notAsked?: (() => void) | undefined;
  /** Told once, before a report leaves, that others may write to the state directory. */
  readonly shared?: ((warning: string) => void) | undefined;
}

export interface Sent {
  readonly preview: Preview;
  /** Absent after a dry run. */
  readonly outcomes?: readonly Dispatched[];
  /** That others may write to the state directory, in a sentence. */
  readonly shared?: string;
}

/** Milliseconds until connected, of the whole time. */
export const connectTimeout = 10_000;

/**
 * Sends one report: nothing before consent, nothing that is not on the disk, and "delivered" only after a 204.
 *
 * @throws {UserError} consent, delivery (nothing was sent), and what `collect` throws. What becomes of each destination is
 * in the result
 */
export async function send(options: SendOptions, around: Surroundings, hooks: SendHooks = {}): Promise<Sent> {
  requireSwitchedOn(around.env);
  const {destinations: to, origin} = chosenDestinations(options.urls, around);
  requireConfidential(to, options.allowHttp);
  const need = options.dryRun ? 'ask' : consentNeeded({...options, canAsk: hooks.agree !== undefined});
  const ca = readAuthorities(options.cacert);
  const keep = reportsKept(options.keep, around);
  // Where there is none, that is said before anything is read or asked.
  const folder = options.dryRun ? '' : stateDirectory(options.stateDir, around);
  if (!options.dryRun) prepareToDeliver();
  const {scope, ...built} = await build(options, around, hooks);
  const doubts = doubtsOf({destinations: to, origin});
  let preview: Preview = {...measured(built), destinations: to, origin, doubts};
  if (preview.collected?.word) requireNoVeto(preview.collected.word);
  if (options.dryRun) return {preview};

  const agree = async () => {
    if (need === '--yes' && !options.collect.acceptWider) requireNotWider(preview.wider);
    if (!preview.askedCluster && need === '--yes') hooks.notAsked?.();
    const consent = await ask(need, preview, hooks);
    if (consent === 'asked' && preview.collected) await askAgain(preview.collected, options.collect, around);
    return consent;
  };
  const consent = await agree();
  prepareState(folder);
  const shared = tellShared(folder, hooks);
  if (preview.collected) {
    const {makes, ...rest} = preview;
    const {collected, made} = await keepID(preview.collected, options.collect, around, hooks.warn);
    const {report} = collected;
    preview = {...rest, ...(made && makes ? {makes} : {})};
    if (collected !== preview.collected) {
      const wider = widerThan(readAgreed(folder, report.clusterID), scope, report);
      preview = {...preview, ...measured({collected, report, bytes: encodeReport(report)}), wider};
      await agree();
    }
  }
  remember(folder, preview.report, scope);
  const {report, bytes, size, sha256, collected} = preview;
  const about = {
    bytes: size,
    sha256,
    clusterID: report.clusterID,
    consent,
    ...(collected?.cluster ? {context: collected.cluster.context, server: collected.cluster.server} : {}),
  };
  const claimed = await withLock(folder, options.timeout, async () => {
    recover(folder);
    return claim(folder, putInOutbox(folder, bytes, about, to));
  });
  const how = {folder, env: around.env, ca, timeout: options.timeout, connectTimeout, keep};
  const outcomes = await dispatch(claimed, how, hooks.onRetry);
  return {preview, outcomes, ...(shared === undefined ? {} : {shared})};
}

/** Says that others may write to the state directory, if so. */
export function tellShared(folder: string, {shared: tell}: Pick<SendHooks, 'shared'>): string | undefined {
  const shared = sharedState(folder);
  if (shared !== undefined) tell?.(shared);
  return shared;
}

async function ask(need: '--yes' | 'ask', preview: Preview, {agree}: SendHooks): Promise<Consent> {
  if (need === '--yes') return '--yes';
  if (await agree!(preview)) return 'asked';
  throw declined();
}

/** What `--yes` once agreed to is no agreement to more: a forgotten flag must not leak what was left out before. */
function requireNotWider(wider: readonly string[]): void {
  if (wider.length === 0) return;
  throw new NotNow(
    'consent',
    `This report holds more than the last one that was agreed to for this cluster: ${wider.join(', ')}. Nothing was sent.`,
    {
      suggestions: [
        'Was a flag forgotten, such as --omit? The user file keeps it: seldon-usage config set omit FIELD',
        '--accept-wider agrees to it, once.',
      ],
    },
  );
}

/** Keeps what was agreed to, before anything leaves. */
function remember(folder: string, report: Report, scope: Scope): void {
  const {clusterID} = report;
  try {
    writeAgreed(folder, clusterID, agreedWith(readAgreed(folder, clusterID), scope, report));
  } catch (error) {
    throw notWritable(folder, error);
  }
}

type Built = Pick<Preview, 'report' | 'bytes' | 'collected' | 'file' | 'wider' | 'makes' | 'askedCluster'>;

function measured<T extends Pick<Built, 'bytes'>>(built: T): T & Pick<Preview, 'size' | 'sha256'> {
  const {bytes: size, sha256} = measure(built.bytes);
  return {...built, size, sha256};
}

async function build(
  {file, collect: how, dryRun, stateDir}: SendOptions,
  around: Surroundings,
  {progress, warn}: SendHooks,
): Promise<Built & {scope: Scope}> {
  if (file !== undefined) {
    const report = await readReport(file);
    requireUuid(report, file);
    const scope = scopeOfFile(report);
    const folder = stateDirectoryIfAny(stateDir, around);
    const wider = folder === undefined ? [] : widerThan(readAgreed(folder, report.clusterID), scope);
    return {report, bytes: encodeReport(report), file, wider, askedCluster: false, scope};
  }
  const collected = await collect({...how, keepsNothing: dryRun}, around, progress);
  requireID(collected);
  for (const warning of collected.warnings) warn?.(warning);
  const {report, wider, scope, clusterID, home, cluster, word} = collected;
  const makes =
    home !== undefined && clusterID?.origin.from === 'local'
      ? idWritten(home, clusterID.value, word ?? {present: []})
      : undefined;
  return {
    report,
    bytes: encodeReport(report),
    collected,
    wider,
    ...(makes ? {makes} : {}),
    askedCluster: cluster !== undefined,
    scope,
  };
}

function requireUuid({clusterID}: Report, file: string): void {
  if (isUuid(clusterID)) return;
  throw new UserError(
    'input',
    `The cluster ID in ${file === '-' ? 'the report' : clean(file)} is no UUID; a name would identify its owner.`,
    {suggestions: ['Build the report with seldon-usage collect.']},
  );
}
