import type {Connections} from '../cluster/connection/connect.ts';
import type {AcceptedOnce, Whose} from '../consent/accepted-once.ts';
import {readAgreed, writeAgreed} from '../consent/agreed.ts';
import {type Consent, declined, NotNow} from '../consent/consent.ts';
import {agreedWith, widerThan} from '../consent/scope.ts';
import {claim, type Dispatched, type DispatchOptions, dispatch} from '../delivery/dispatch.ts';
import {withLock} from '../delivery/lock.ts';
import {notWritable} from '../delivery/not-writable.ts';
import {putInOutbox} from '../delivery/outbox.ts';
import {recover} from '../delivery/recover.ts';
import {prepareState} from '../delivery/state-folder.ts';
import type {Waiting} from '../delivery/waiting.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Surroundings} from '../settings.ts';
import {CopiedID, isShownSame} from './copied-id.ts';
import {askAgain, keepID} from './keep-id.ts';
import {encoded} from './prepare.ts';
import {mostClusters, type Prepared, type Preview, type SendHooks, tellShared} from './sending.ts';

/** How consent is had. */
export interface Agreement {
  readonly need: '--yes' | 'ask';
  /** The user agreed beforehand also to what is wider than the last report that was agreed to. */
  readonly acceptWider: boolean;
  /** For which clusters that was agreed already, in a process that stays. */
  readonly acceptedOnce?: AcceptedOnce | undefined;
  /** Whether several were read: the first of them has waited for the slowest. */
  readonly several?: boolean;
  /** Asks once for all that is shown. */
  readonly agree?: ((previews: readonly Preview[]) => Promise<boolean>) | undefined;
}

/** What became of one preview: it was posted, or why it was not. */
export interface Fate {
  readonly preview: Prepared;
  readonly outcomes?: readonly Dispatched[];
  readonly error?: unknown;
  /** The context of the same cluster whose report was posted instead. */
  readonly sameAs?: string;
}

/** A preview on its way. */
interface Parcel {
  preview: Prepared;
  consent?: Consent;
  waiting?: readonly Waiting[];
  error?: unknown;
  sameAs?: string;
}

/**
 * Delivers what was prepared: asks once for all of it, looks again whether a cluster forbids its own, puts the IDs into the
 * clusters, and posts. Nothing leaves before consent, and nothing that is not on the disk. What can't be sent of one
 * cluster is its fate, and holds up no other.
 *
 * @param how where the state is kept, and what is posted with
 * @throws {UserError} consent, if the person says no; delivery, if the state directory can't be used. Then nothing was sent
 */
export async function deliver(
  previews: readonly Prepared[],
  agreement: Agreement,
  how: DispatchOptions,
  connections: Connections,
  around: Surroundings,
  hooks: SendHooks = {},
): Promise<{fates: readonly Fate[]; shared?: string}> {
  const {folder} = how;
  const parcels = previews.map((preview): Parcel => ({preview}));
  const going = () => parcels.filter(({error, sameAs}) => error === undefined && sameAs === undefined);

  await agreeTo(parcels, agreement, connections, hooks);
  if (going().length === 0) return {fates: parcels};
  prepareState(folder);
  const shared = tellShared(folder, around, hooks);

  const others: Parcel[] = [];
  await each(going(), async (parcel) => {
    const {preview, changed} = await withKeptID(parcel.preview, folder, connections, around, hooks);
    parcel.preview = preview;
    if (changed) others.push(parcel);
  });
  tellSame(others, going());
  await agreeTo(
    others.filter(({sameAs}) => sameAs === undefined),
    agreement,
    connections,
    hooks,
  );
  await each(going(), async ({preview}) => {
    remember(folder, preview);
    agreement.acceptedOnce?.isKept(whoseOf(preview));
  });

  const claimed = await withLock(folder, how.timeout, async () => {
    recover(folder);
    await each(going(), async (parcel) => {
      parcel.waiting = putInOutbox(folder, parcel.preview.bytes, aboutOf(parcel), parcel.preview.destinations);
    });
    return claim(
      folder,
      going().flatMap(({waiting = []}) => waiting),
    );
  });
  const outcomes = await dispatch(claimed, how, hooks.onRetry);
  const fates = parcels.map(({preview, waiting, error, sameAs}): Fate => {
    if (error !== undefined) return {preview, error};
    if (sameAs !== undefined) return {preview, sameAs};
    const ids = new Set(waiting!.map(({id}) => id));
    return {preview, outcomes: outcomes.filter((outcome) => ids.has(outcome.waiting.id))};
  });
  return {fates, ...(shared === undefined ? {} : {shared})};
}

/** What fails for one is kept with it, and holds up no other. */
async function each(parcels: readonly Parcel[], work: (parcel: Parcel) => Promise<void>): Promise<void> {
  await sideBySide(parcels, mostClusters, async (parcel) => {
    try {
      await work(parcel);
    } catch (error) {
      parcel.error = error;
    }
  });
}

/**
 * Has consent to all of it.
 *
 * @throws {UserError} consent, if the person says no
 */
async function agreeTo(
  parcels: readonly Parcel[],
  {need, acceptWider, acceptedOnce, several, agree}: Agreement,
  connections: Connections,
  {notAsked, warn}: SendHooks,
): Promise<void> {
  if (parcels.length === 0) return;
  for (const parcel of parcels) parcel.consent = need === 'ask' ? 'asked' : need;
  if (need === '--yes') {
    await each(parcels, async ({preview}) => {
      const {wider} = preview;
      if (!acceptWider) return requireNotWider(wider);
      if (!acceptedOnce) return;
      requireNotWider(acceptedOnce.beyond(whoseOf(preview), wider));
      if (wider.length > 0) warn?.(acceptedSentence(wider), preview.collected?.cluster?.context);
    });
    if (parcels.some(({error, preview}) => error === undefined && !preview.askedCluster)) notAsked?.();
    // Somebody may have said no meanwhile.
    if (several) await each(parcels, async ({preview}) => askAgain(preview, connections));
    return;
  }
  if (!(await agree!(parcels.map(({preview}) => preview)))) throw declined();
  await each(parcels, async ({preview}) => askAgain(preview, connections));
}

/** Of those that turn out to keep an ID that another of them has one is posted: what was read did not tell that they are one. */
function tellSame(changed: readonly Parcel[], going: readonly Parcel[]): void {
  const firsts = new Map<string, Parcel>();
  for (const parcel of [...going.filter((one) => !changed.includes(one)), ...changed]) {
    const {clusterID} = parcel.preview.report;
    const first = firsts.get(clusterID);
    if (!first) firsts.set(clusterID, parcel);
    else if (changed.includes(parcel)) {
      const [context, of] = [contextOf(parcel), contextOf(first)];
      // One that only tells the ID of another must not take its place, nor be counted as sent with it.
      const isSame = isShownSame(parcel.preview, first.preview);
      if (isSame) parcel.sameAs = of;
      else parcel.error = new CopiedID(clusterID, context, of, isSame === false ? 'nodes' : 'nothing');
    }
  }
}

function contextOf({preview}: Parcel): string {
  return preview.collected?.cluster?.context ?? '';
}

function whoseOf({report: {clusterID}, collected}: Preview): Whose {
  return {clusterID, cluster: collected?.cluster};
}

function acceptedSentence(wider: readonly string[]): string {
  return `This report holds more than the last one that was agreed to for this cluster: ${wider.join(', ')}. --accept-wider agrees to it, this once.`;
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

/** The preview once its cluster keeps an ID; `changed`: it is another one, which nobody has seen in the report yet. */
async function withKeptID(
  before: Prepared,
  folder: string,
  connections: Connections,
  around: Surroundings,
  {warn}: SendHooks,
): Promise<{preview: Prepared; changed: boolean}> {
  if (!before.collected) return {preview: before, changed: false};
  const context = before.collected.cluster?.context;
  const told = (sentence: string) => warn?.(sentence, context);
  const {collected, made} = await keepID(before.collected, before.reached, connections, around, told);
  const {makes, ...rest} = before;
  if (collected === before.collected) return {preview: {...rest, ...(made && makes ? {makes} : {})}, changed: false};
  const {report} = collected;
  const wider = widerThan(readAgreed(folder, report.clusterID), before.scope, report);
  return {preview: {...rest, ...encoded(report), collected, wider}, changed: true};
}

/** Keeps what was agreed to, before anything leaves. */
function remember(folder: string, {report, scope}: Prepared): void {
  const {clusterID} = report;
  try {
    writeAgreed(folder, clusterID, agreedWith(readAgreed(folder, clusterID), scope, report));
  } catch (error) {
    throw notWritable(folder, error);
  }
}

/** What the outbox is told of a report. */
function aboutOf({preview: {report, size, sha256, collected, along = []}, consent}: Parcel) {
  const {context, server} = collected?.cluster ?? {};
  const others = new Set(along.flatMap(({how}) => how.context ?? []).filter((name) => name !== context));
  const places = new Set([...(collected?.word?.places ?? []), ...along.flatMap((one) => one.places)]);
  return {
    ...{bytes: size, sha256, clusterID: report.clusterID, consent: consent!},
    ...(context === undefined || server === undefined ? {} : {context, server}),
    ...(others.size > 0 ? {along: [...others]} : {}),
    ...(places.size > 0 ? {places: [...places]} : {}),
  };
}
