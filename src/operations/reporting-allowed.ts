import type {Connection} from '../cluster/connection/connection.ts';
import {findSeldon} from '../cluster/seldon.ts';
import {readStored} from '../cluster/stored-id.ts';
import {requireNoVeto} from '../consent/consent.ts';
import {type Word, wordOf} from './word.ts';

/**
 * Who turns the metrics on makes the cluster report: its own no counts here too.
 *
 * @param namespace one more in which a no counts, and has to be seen
 * @param heard told what the cluster says before that may forbid it
 * @throws {UserError} consent
 */
export async function requireReportingAllowed(
  connection: Connection,
  namespace?: string,
  heard: (word: Word) => void = () => {},
): Promise<void> {
  // Not the chosen namespace's operators alone: what those of others say counts too.
  const seldon = await findSeldon(connection);
  const stored = await readStored(connection, seldon, namespace);
  heard(wordOf(stored));
  const here = stored.refused.filter((one) => one.namespace === namespace && !stored.undetermined.includes(one));
  requireNoVeto({...stored, undetermined: [...stored.undetermined, ...here]}, 'Nothing was changed');
}
