import type {Connection} from '../connection/connection.ts';
import {findJson, HttpError} from '../connection/request.ts';
import type {Core2Place} from './find.ts';
import {deploymentNames, hodometerOf} from './hodometer.ts';
import {pickPages} from './pages.ts';
import {podOf, podsTogether} from './pods.ts';
import {core2Group} from './present.ts';
import {runtimeOf} from './runtime.ts';

/** A namespace as it is now; what could not be read for want of rights is named. */
export interface PlaceNow extends Core2Place {
  readonly unreadable: readonly string[];
}

/**
 * Looks at a namespace again: runtimes, Deployments of both eras, pods.
 *
 * @throws {UserError} cluster, if the server does not answer
 */
export async function readPlace(connection: Connection, namespace: string): Promise<PlaceNow> {
  const place = encodeURIComponent(namespace);
  const [runtimes, pods, ...deployments] = await Promise.all([
    pickPages(connection, `/apis/${core2Group}/v1alpha1/namespaces/${place}/seldonruntimes`, runtimeOf),
    pickPages(connection, `/api/v1/namespaces/${place}/pods`, podOf),
    ...Object.keys(deploymentNames).map((name) =>
      readable(findJson<unknown>(connection, `/apis/apps/v1/namespaces/${place}/deployments/${name}`)),
    ),
  ]);
  const unreadable = [
    ...(runtimes ? [] : ['seldonruntimes']),
    ...(pods ? [] : ['pods']),
    ...(deployments.includes('forbidden') ? ['deployments'] : []),
  ];
  return {
    namespace,
    runtimes: runtimes ?? [],
    deployments: deployments.flatMap((one) => (one === 'forbidden' ? [] : (hodometerOf(one) ?? []))),
    pods: pods ? podsTogether(pods) : 'unreadable',
    unreadable,
  };
}

async function readable<T>(request: Promise<T>): Promise<T | 'forbidden'> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return 'forbidden';
    throw error;
  }
}
