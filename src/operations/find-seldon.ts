import type {Connection} from '../cluster/connection/connection.ts';
import {requireNamespace} from '../cluster/namespace.ts';
import {findSeldon, type Seldon} from '../cluster/seldon.ts';

/**
 * Finds Seldon Core, in the namespace that the user chose. That there is nothing in it is told apart from that there is no
 * such namespace; who finds an operator there needs no further request.
 *
 * @throws {UserError} cluster, if the server does not answer; usage, if there is no such namespace
 */
export async function findChosenSeldon(connection: Connection, namespace: string | undefined): Promise<Seldon> {
  const seldon = await findSeldon(connection, namespace);
  await requireChosen(connection, namespace, seldon);
  return seldon;
}

/**
 * The same once it was looked for, for who has something to do before.
 *
 * @throws {UserError} usage, if there is no such namespace
 */
export async function requireChosen(
  connection: Connection,
  namespace: string | undefined,
  {operators}: Seldon,
): Promise<void> {
  if (namespace !== undefined && operators.length === 0) await requireNamespace(connection, namespace);
}
