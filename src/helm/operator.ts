import type {Connection} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import {UserError} from '../errors.ts';
import {resourceFinder} from './api-resources.ts';
import {readManifest} from './documents.ts';
import {type LiveObject, locateKnown, nameOf, readLive} from './objects.ts';
import type {FoundRelease} from './releases.ts';
import {isOperator} from './usage.ts';

/** Why an operator does not run, as a clause: `Deployment seldon/seldon-controller-manager is not there`; undefined if it does. */
export function whyIdle(name: string, live: LiveObject | undefined): string | undefined {
  if (!live) return `${name} is not there`;
  if (live.spec?.replicas === 0) return `${name} has no replicas`;
  // Without an observed generation nothing has looked at it yet.
  const {observedGeneration, readyReplicas = 0} = live.status ?? {};
  return observedGeneration !== undefined && readyReplicas === 0 ? `no pod of ${name} is ready` : undefined;
}

/**
 * Why the operator of a release does not run; undefined if it does, if the release has none, or if that can't be seen.
 *
 * @throws {UserError} cluster, if the server does not answer
 */
export async function idleOperator(connection: Connection, release: FoundRelease): Promise<string | undefined> {
  try {
    const workload = readManifest(release.record.manifest).filter(isOperator);
    const {located} = await locateKnown(workload, release.namespace, resourceFinder(connection));
    const [one] = located;
    return one && whyIdle(nameOf(one.document, one.namespace), await readLive(connection, one));
  } catch (error) {
    if (
      (error instanceof HttpError && error.status === 403) ||
      (error instanceof UserError && error.code === 'release')
    )
      return undefined;
    throw error;
  }
}
