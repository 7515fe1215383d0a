import {consentNeeded, declined, requireSwitchedOn} from '../consent/consent.ts';
import {destination, requireConfidential} from '../delivery/destination.ts';
import {claim, type Dispatched, dispatch} from '../delivery/dispatch.ts';
import {withLock} from '../delivery/lock.ts';
import {finishUnfinished, recover} from '../delivery/recover.ts';
import {prepareState} from '../delivery/state-folder.ts';
import {readWaiting, type Waiting} from '../delivery/waiting.ts';
import {requireOwnSettings, type Surroundings, sharedSettings, stateDirectory} from '../settings.ts';
import {type Asking, askClusters, type Held} from './ask-clusters.ts';
import {readAuthorities} from './authorities.ts';
import {requireAllSent} from './delivered.ts';
import {oneOf} from './history.ts';
import {reportsKept} from './reports-kept.ts';
import {connectTimeout, type SendHooks, type Sending, tellShared} from './sending.ts';
import {withConnections} from './with-connection.ts';

/**
 * Sends every report that waits in the outbox, or one of them, as it is, to where it was meant to go. The clusters that they
 * were built from are asked again whether they forbid it, by every context that is known to see them, also where one report alone is
 * sent: what is forbidden now waits on, and hides no other.
 *
 * @param options `id`: the only one to send, or the beginning or end of its ID
 * @param agree asked with what waits; absent: there is nobody to ask
 * @throws {UserError} consent, delivery (nothing was sent), usage (none has the ID)
 */
export async function sendPending(
  options: Sending & {readonly id?: string | undefined; readonly connection?: Asking},
  around: Surroundings,
  {
    agree,
    onRetry,
    shared: tell,
  }: {agree?: ((waiting: readonly Waiting[]) => Promise<boolean>) | undefined} & Pick<SendHooks, 'onRetry' | 'shared'>,
): Promise<SentPending> {
  requireSwitchedOn(around.env);
  const folder = stateDirectory(options.stateDir, around);
  const all = readWaiting(folder);
  const seen = options.id === undefined ? all : [oneOf(all, options.id, 'waiting report')];
  const keep = reportsKept(options.keepReports, around);
  if (seen.length === 0) {
    // A run that was ended in the middle may have left a URL with its query. Settings that others may have written don't say where.
    if (sharedSettings(around) === undefined) await finishUnfinished(folder);
    return {outcomes: [], held: []};
  }
  requireConfidential(
    seen.map(({url}) => destination(url)),
    options.allowHttp,
  );
  const need = consentNeeded({...options, canAsk: agree !== undefined, stays: false});
  if (need === '--yes') requireOwnSettings(around, 'consent', 'Nothing was sent.');
  const ca = readAuthorities(options.cacert, need === '--yes');
  const {free, held} = await withConnections(around, async (connections) => {
    const asked = await askClusters(seen, options.connection ?? {}, connections, all);
    if (asked.free.length === 0) requireAllSent([], asked.held);
    if (need === '--yes') return asked;
    if (!(await agree!(asked.free))) throw declined();
    // Somebody may have said no while the question stood.
    const again = await askClusters(asked.free, options.connection ?? {}, connections, all);
    return {free: again.free, held: [...asked.held, ...again.held]};
  });
  if (free.length === 0) requireAllSent([], held);
  prepareState(folder);
  const shared = tellShared(folder, around, {shared: tell});
  const claimed = await withLock(folder, options.timeout, async () => {
    recover(folder);
    // Only what was shown, to where it was shown: while the question stood, another run may have sent some and added others, and
    // who else can write to the folder may have put another URL into its place. What is known of attempts is newer there.
    const now = new Map(readWaiting(folder).map((waiting) => [waiting.id, waiting]));
    const waiting = free.flatMap(({attempted: _, uncertain: __, ...shown}): Waiting[] => {
      const {attempted, uncertain} = now.get(shown.id) ?? {};
      const tries = {...(attempted === undefined ? {} : {attempted}), ...(uncertain ? {uncertain} : {})};
      return now.has(shown.id) ? [{...shown, ...tries}] : [];
    });
    return claim(folder, waiting);
  });
  const how = {folder, env: around.env, ca, timeout: options.timeout, connectTimeout, keep};
  const outcomes = await dispatch(claimed, how, onRetry);
  return {outcomes, held, ...(shared === undefined ? {} : {shared})};
}

/** What became of the reports that waited. */
export interface SentPending {
  readonly outcomes: readonly Dispatched[];
  /** Those that their cluster forbids to send now, or that could not be asked; they wait on. */
  readonly held: readonly Held[];
  /** That others may write to the state directory, in a sentence. */
  readonly shared?: string;
}
