import type {ConnectionOptions} from '../cluster/connection/connection.ts';
import {findSeldon} from '../cluster/seldon.ts';
import {readStored} from '../cluster/stored-id.ts';
import {switchedOffBy} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import type {Surroundings} from '../settings.ts';
import {type Word, wordOf} from './word.ts';

/** Longest time for a look that nobody asked for, milliseconds. */
const patience = 5000;

/**
 * What the cluster that kubectl would speak to says of reports now, for who only lists what was sent. Quiet where there is no
 * cluster to ask, where a switch keeps this tool off the network, or where the cluster does not answer soon.
 */
export async function wordNow(options: ConnectionOptions, around: Surroundings): Promise<Word | undefined> {
  if (switchedOffBy(around.env) !== undefined) return undefined;
  const {connect} = await import('../cluster/connection/connect.ts');
  try {
    const connection = await connect({...options, requestTimeout: patience}, around);
    try {
      return wordOf(await readStored(connection, await findSeldon(connection)));
    } finally {
      connection.close();
    }
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
