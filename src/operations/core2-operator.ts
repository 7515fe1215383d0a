import type {Connection} from '../cluster/connection/connection.ts';
import {operatorRuns} from '../cluster/core2/operator.ts';
import {findSeldon} from '../cluster/seldon.ts';
import {clean} from '../foreign.ts';

/** Whether somebody in the cluster acts on a SeldonRuntime. */
export interface OperatorState {
  readonly runs: boolean | 'unknown';
  /** The same for a person. */
  readonly sentence: string;
}

/**
 * Whether an operator of Seldon Core 2 runs, by pods that are ready.
 *
 * @param namespace of the switch
 * @throws {UserError} cluster, if the server does not answer
 */
export async function operatorState(connection: Connection, namespace: string): Promise<OperatorState> {
  const {operators, unsearched} = await findSeldon(connection, undefined, namespace);
  const ours = operators.filter(({core2}) => core2);
  const where = ours.map((one) => clean(`${one.namespace}/${one.name}`)).join(', ');
  const acts = `acts on the switch in ${clean(namespace)}`;
  const looked = await Promise.all(ours.map((one) => operatorRuns(connection, one)));
  if (looked.includes(true)) return {runs: true, sentence: `The operator is ${where}, and runs.`};
  if (looked.includes(undefined))
    return {
      runs: 'unknown',
      sentence: `Whether the operator ${where} runs could not be seen: only one that does ${acts}.`,
    };
  if (unsearched)
    return {
      runs: 'unknown',
      sentence: `${ours.length > 0 ? `The operator ${where} has no pod that is ready, and others` : 'Operators of Seldon Core 2'} could not be looked for everywhere: only one that runs ${acts}.`,
    };
  if (ours.length > 0)
    return {runs: false, sentence: `The operator ${where} has no pod that is ready: nothing in the cluster ${acts}.`};
  return {runs: false, sentence: `No operator of Seldon Core 2 runs: nothing in the cluster ${acts}.`};
}
