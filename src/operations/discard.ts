import {type NotLocked, whyNotLocked} from '../delivery/dispatch.ts';
import {withLock} from '../delivery/lock.ts';
import {notWritable} from '../delivery/not-writable.ts';
import {drop} from '../delivery/outbox.ts';
import {prune} from '../delivery/prune.ts';
import {recover} from '../delivery/recover.ts';
import {prepareState} from '../delivery/state-folder.ts';
import {readWaiting, type Waiting} from '../delivery/waiting.ts';
import {UserError} from '../errors.ts';
import {requireOwnSettings, type Surroundings, sharedSettings} from '../settings.ts';
import {history, oneOf} from './history.ts';
import {reportsKept} from './reports-kept.ts';

/** Milliseconds to wait for another run that sends. */
const patience = 10_000;

/** Of which user, and who is asked, with what is discarded. */
export interface DiscardOptions {
  readonly stateDir?: string | undefined;
  /** The user agreed beforehand: nobody is asked. */
  readonly yes?: boolean | undefined;
  /** Asked otherwise; `shared`: what the person should know of the settings, a sentence. */
  readonly ask: (waiting: readonly Waiting[], shared: string | undefined) => Promise<boolean>;
}

/**
 * Takes reports out of the outbox, so that no run sends them. The ledger says so, and their bytes are kept.
 *
 * @param ids as `history` lists them, or the beginning or end that no other report has
 * @throws {UserError} usage, if one does not wait or the answer is no; input, if nobody is asked and others may have written the
 * user's settings, which say where reports wait and how many are kept; delivery, if the state directory can't be written or
 * another run is posting one of them. Then nothing is discarded
 */
export async function discard(
  ids: readonly string[],
  {stateDir, yes, ask}: DiscardOptions,
  around: Surroundings,
): Promise<Waiting[]> {
  if (yes) requireOwnSettings(around, 'input', 'Nothing was discarded.');
  const {entries, folder} = history(stateDir, around);
  const wanted = new Set(ids.map((id) => requireWaiting(oneOf(entries, id))));
  const seen = readWaiting(folder).filter(({id}) => wanted.has(id));
  if (!yes && !(await ask(seen, sharedSettings(around))))
    throw new UserError('usage', 'Nothing was discarded.', {suggestions: ['--yes answers the question.']});
  prepareState(folder);
  return withLock(folder, patience, async () => {
    recover(folder);
    // While the question stood, another run may have delivered some, or be posting them now.
    const waiting: Waiting[] = [];
    const left: {id: string; why: NotLocked}[] = [];
    for (const each of readWaiting(folder).filter(({id}) => wanted.has(id))) {
      const why = whyNotLocked(folder, each.id);
      if (why) left.push({id: each.id, why});
      else waiting.push(each);
    }
    if (left.length > 0) throw notDiscarded(left);
    try {
      for (const each of waiting) drop(folder, each, {outcome: 'discarded'});
    } catch (error) {
      throw notWritable(folder, error);
    }
    prune(folder, reportsKept(undefined, around));
    return waiting;
  });
}

function notDiscarded(left: readonly {id: string; why: NotLocked}[]): UserError {
  return new UserError(
    'delivery',
    `Nothing was discarded: ${left.map(({id, why: {why}}) => `of the report ${id}, ${why}`).join('; ')}.`,
    {suggestions: [...left.map(({why: {suggestion}}) => suggestion), 'Or discard the others alone.']},
  );
}

function requireWaiting({id, state}: {id: string; state: string}): string {
  if (state === 'waiting') return id;
  throw new UserError('usage', `The report ${id} does not wait: it was ${state}.`, {
    suggestions: ['seldon-usage history --outcome waiting lists those that do.'],
  });
}
