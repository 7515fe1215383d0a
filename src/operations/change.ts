import {connect} from '../cluster/connection/connect.ts';
import {named} from '../cluster/connection/named.ts';
import type {Core2Changed} from '../helm/core2-plan.ts';
import type {Plan} from '../helm/plan.ts';
import type {Surroundings} from '../settings.ts';
import {carryOut} from './carry-out.ts';
import type {Changed, ChangeOptions, Dialogue} from './changing.ts';
import {switchCore2} from './core2-switch.ts';
import {rehearse} from './rehearse.ts';
import {declined, untilAborted} from './until-aborted.ts';

export type {Changed, ChangeOptions, Dialogue} from './changing.ts';

/**
 * Turns the usage metrics of an installed release on or off, and changes nothing else: rehearses it, shows what would
 * change, asks, and carries it out.
 *
 * @throws {UserError} release, cluster or helm: with what is live and how to go back, where something was changed
 */
export async function change(
  options: ChangeOptions,
  around: Surroundings,
  dialogue: Dialogue,
): Promise<Changed | Core2Changed> {
  const {signal} = options;
  const held = new DisposableStack();
  try {
    const connection = await connect(options.connection, around);
    held.defer(connection.close);
    const switched = await switchCore2(connection, options, around, held, dialogue);
    if (switched) return switched;
    const work = rehearse(connection, options, around, held, dialogue.doing);
    const {result, ready} = await untilAborted(work, signal);
    if (!ready) return result;
    dialogue.plan(ready.plan);
    if (options.dryRun) return result;
    if (!(await untilAborted(dialogue.confirm(questionOf(ready.plan)), signal))) throw declined();
    return await carryOut(ready, dialogue.doing);
  } finally {
    held.dispose();
  }
}

function questionOf({cluster, value}: Plan): string {
  return `${value.after ? 'Enable' : 'Disable'} usage metrics of ${named(cluster)}?`;
}
