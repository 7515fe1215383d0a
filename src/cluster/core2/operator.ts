import type {Connection} from '../connection/connection.ts';
import {findJson, HttpError} from '../connection/request.ts';
import type {Operator} from '../seldon.ts';

interface WorkloadLike {
  readonly spec?: {readonly replicas?: unknown} | null;
  readonly status?: {readonly readyReplicas?: unknown} | null;
}

/**
 * Whether an operator has a pod that is ready: one that is there and runs nowhere acts on nothing.
 *
 * @returns undefined where it can't be read
 * @throws {UserError} cluster, if the server does not answer
 */
export async function operatorRuns(
  connection: Connection,
  {namespace, name, resource}: Operator,
): Promise<boolean | undefined> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
  try {
    const workload = await findJson<WorkloadLike>(connection, path);
    // Of one that was scaled to none, a pod may be about to end.
    return workload?.spec?.replicas !== 0 && Number(workload?.status?.readyReplicas ?? 0) > 0;
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
}
