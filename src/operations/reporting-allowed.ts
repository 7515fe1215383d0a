import type {Connection} from '../cluster/connection/connection.ts';
import {findSeldon} from '../cluster/seldon.ts';
import {readStored} from '../cluster/stored-id.ts';
import {requireNoVeto} from '../consent/consent.ts';

/**
 * Who turns the metrics on makes the cluster report: its own no counts here too.
 *
 * @param namespace one more in which a no counts, and has to be seen
 * @throws {UserError} consent
 */
export async function requireReportingAllowed(connection: Connection, namespace?: string): Promise<void> {
  // Not the chosen namespace's operators alone: what those of others say counts too.
  const seldon = await findSeldon(connection);
  const stored = await readStored(connection, seldon, namespace);
  const here = stored.refused.filter((one) => one.namespace === namespace && !stored.undetermined.includes(one));
  requireNoVeto({...stored, undetermined: [...stored.undetermined, ...here]}, 'Nothing was changed');
}
