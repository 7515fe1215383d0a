import type {Connection} from '../cluster/connection/connection.ts';
import {operatorRuns} from '../cluster/core2/operator.ts';
import {findSeldon} from '../cluster/seldon.ts';
import {clean} from '../foreign.ts';

/** Whether somebody in the cluster acts on a SeldonRuntime. */
export interface OperatorState {
  readonly runs: boolean | 'unknown';
  /** `namespace/name` of those that were found. */
  readonly found: readonly string[];
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
  const found = ours.map((one) => clean(`${one.namespace}/${one.name}`));
  const looked = await Promise.all(ours.map((one) => operatorRuns(connection, one)));
  const runs = looked.includes(true) || (looked.includes(undefined) || unsearched ? 'unknown' : false);
  return {runs, found, sentence: sentenceOf(runs, looked.includes(undefined), found.join(', '), namespace)};
}

function sentenceOf(runs: OperatorState['runs'], isHidden: boolean, where: string, namespace: string): string {
  const acts = `acts on the switch in ${clean(namespace)}`;
  if (runs === true) return `The operator is ${where}, and runs.`;
  if (isHidden) return `Whether the operator ${where} runs could not be seen: only one that does ${acts}.`;
  const one = where === '' ? undefined : `The operator ${where} has no pod that is ready`;
  if (runs === 'unknown')
    return `${one ? `${one}, and others` : 'Operators of Seldon Core 2'} could not be looked for everywhere: only one that runs ${acts}.`;
  return `${one ?? 'No operator of Seldon Core 2 runs'}: nothing in the cluster ${acts}.`;
}
