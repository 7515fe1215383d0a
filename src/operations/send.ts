import {consentNeeded, requireSwitchedOn} from '../consent/consent.ts';
import {prepareToDeliver} from '../delivery/deliver.ts';
import {requireConfidential} from '../delivery/destination.ts';
import type {DispatchOptions} from '../delivery/dispatch.ts';
import {requireOwnSettings, type Surroundings, stateDirectory} from '../settings.ts';
import {readAuthorities} from './authorities.ts';
import {type Agreement, deliver} from './deliver.ts';
import {type Chosen, chosenDestinations} from './destination.ts';
import {prepare, readsCluster, requireReadable} from './prepare.ts';
import {reportsKept} from './reports-kept.ts';
import {connectTimeout, type SendHooks, type SendOptions, type Sent} from './sending.ts';
import {withConnections} from './with-connection.ts';

// For who calls this: the switches come before the user's settings are read.
export {requireSwitchedOn} from '../consent/consent.ts';
export type {Preview, SendHooks, SendOptions, Sent} from './sending.ts';

/**
 * Sends one report: nothing before consent, nothing that is not on the disk, and "delivered" only after a 204.
 *
 * @throws {UserError} consent, delivery (nothing was sent), and what `collect` throws. What becomes of each destination is
 * in the result
 */
export async function send(options: SendOptions, around: Surroundings, hooks: SendHooks = {}): Promise<Sent> {
  const {to, how, ...agreement} = await settle(options, around, hooks.agree !== undefined);
  return withConnections(around, async (connections) => {
    const connection = readsCluster(options) ? await connections.to(options.collect.connection) : undefined;
    const preview = await prepare(connection, {...options, to}, around, hooks);
    if (options.dryRun) return {preview};
    const agree = hooks.agree && (([one]: readonly Sent['preview'][]) => hooks.agree!(one!));
    const {fates, shared} = await deliver([preview], {...agreement, agree}, how, connections, around, hooks);
    const {error, outcomes, ...fate} = fates[0]!;
    if (error !== undefined) throw error;
    return {...fate, outcomes: outcomes!, ...(shared === undefined ? {} : {shared})};
  });
}

/** What stands before any cluster is asked. */
export interface Settled extends Omit<Agreement, 'agree'> {
  readonly to: Chosen;
  readonly how: DispatchOptions;
}

/**
 * Settles what can be before anything is read or asked: where to, with whose consent, and where it is kept.
 *
 * @param canAsk whether there is a person to ask
 * @throws {UserError} consent, usage, and input for files that can't be used
 */
export async function settle(options: SendOptions, around: Surroundings, canAsk: boolean): Promise<Settled> {
  requireSwitchedOn(around.env);
  const to = chosenDestinations(options.url, around);
  requireConfidential(to.destinations, options.allowHttp);
  const need = options.dryRun ? 'ask' : consentNeeded({...options, canAsk});
  if (need === '--yes') requireOwnSettings(around, 'consent', 'Nothing was sent.');
  const ca = readAuthorities(options.cacert, need === '--yes');
  const keep = reportsKept(options.keepReports, around);
  // Where there is none, that is said before anything is read or asked.
  const folder = options.dryRun ? '' : stateDirectory(options.stateDir, around);
  if (!options.dryRun) prepareToDeliver();
  await requireReadable(options, around);
  const {acceptWider = false, acceptedOnce} = options.collect;
  return {
    to,
    need,
    acceptWider,
    acceptedOnce,
    how: {folder, env: around.env, ca, timeout: options.timeout, connectTimeout, keep},
  };
}
