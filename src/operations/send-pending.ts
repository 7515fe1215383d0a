import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {consentNeeded, declined, requireSwitchedOn} from '../consent/consent.ts';
import {destination, requireConfidential} from '../delivery/destination.ts';
import {type Dispatched, dispatch, type OnWaiting} from '../delivery/dispatch.ts';
import {withLock} from '../delivery/lock.ts';
import {bytesPath, prepareState, readWaiting, recover, type Waiting} from '../delivery/outbox.ts';
import {UserError} from '../errors.ts';
import {type Surroundings, stateDirectory} from '../settings.ts';
import {oneOf} from './history.ts';
import {reportsKept} from './reports-kept.ts';
import {connectTimeout, readAuthorities, type Sending} from './send.ts';

/**
 * Sends every report that waits in the outbox, or one of them, as it is, to where it was meant to go. No cluster is
 * contacted.
 *
 * @param options `id`: the only one to send, or the beginning or end of its ID
 * @param agree asked with what waits; absent: there is nobody to ask
 * @throws {UserError} consent, delivery (nothing was sent), input (a waiting report was changed), usage (none has the ID)
 */
export async function sendPending(
  options: Sending & {readonly id?: string | undefined},
  around: Surroundings,
  {
    agree,
    onRetry,
  }: {agree?: ((waiting: readonly Waiting[]) => Promise<boolean>) | undefined; onRetry?: OnWaiting | undefined},
): Promise<Dispatched[]> {
  requireSwitchedOn(around.env);
  const ca = readAuthorities(options.cacert);
  const folder = stateDirectory(options.stateDir, around);
  const all = readWaiting(folder);
  const seen = options.id === undefined ? all : [oneOf(all, options.id, 'waiting report')];
  const keep = reportsKept(options.keep, around);
  if (seen.length === 0) return [];
  requireConfidential(
    seen.map(({url}) => destination(url)),
    options.allowHttp,
  );
  const need = consentNeeded({...options, canAsk: agree !== undefined, stays: false});
  if (need === 'ask' && !(await agree!(seen))) throw declined();
  prepareState(folder);
  return withLock(folder, options.timeout, async () => {
    recover(folder);
    // Only what was shown: while the question stood, another run may have sent some and added others.
    const ids = new Set(seen.map(({id}) => id));
    const waiting = readWaiting(folder).filter(({id}) => ids.has(id));
    for (const each of waiting) await requireUnchanged(folder, each);
    return dispatch(waiting, {folder, env: around.env, ca, timeout: options.timeout, connectTimeout, keep}, onRetry);
  });
}

async function requireUnchanged(folder: string, {id, sha256}: Waiting): Promise<void> {
  const path = bytesPath(folder, 'outbox', id);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') === sha256) return;
  throw new UserError('input', `The report ${id} in the outbox is not the one that was agreed to. Nothing was sent.`, {
    suggestions: [`Look at ${path}, and remove it if it is damaged.`],
  });
}
