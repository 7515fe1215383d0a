import type {Connection} from '../connection/connection.ts';
import {core2Namespace} from '../seldon.ts';
import {deploymentNames, type HodometerDeployment, hodometerOf} from './hodometer.ts';
import {pickPages} from './pages.ts';
import {type HodometerPods, podOf, podsTogether} from './pods.ts';
import {mayHaveCore2} from './present.ts';
import {type Runtime, runtimeOf} from './runtime.ts';

/** A namespace with a Hodometer, or with a SeldonRuntime that decides on one. */
export interface Core2Place {
  readonly namespace: string;
  /** One for each era at most: an upgrade can leave the older one behind. */
  readonly deployments: readonly HodometerDeployment[];
  readonly runtimes: readonly Runtime[];
  readonly pods: HodometerPods | 'unreadable';
}

/** Whether nothing of Hodometer is there: of a namespace that was looked into for its release. */
function isEmpty({deployments, runtimes, pods}: Core2Place): boolean {
  return deployments.length + runtimes.length === 0 && pods !== 'unreadable' && pods.running + pods.starting === 0;
}

/** Of the namespace that was chosen, if it has one; any other is that of an operator, which may look after several. */
export function placesMeant(places: readonly Core2Place[], namespace: string | undefined): readonly Core2Place[] {
  const meant = places.filter((place) => place.namespace === namespace && !isEmpty(place));
  return meant.length > 0 ? meant : places;
}

/** What was found of Seldon Core 2. */
export interface Core2 {
  readonly places: readonly Core2Place[];
  /** What could not be read for want of rights. */
  readonly unreadable: readonly string[];
}

/** Most namespaces that are looked at: each is several requests. */
const mostPlaces = 50;

/**
 * Looks for Seldon Core 2: its API group, Deployments of Hodometer of both eras, runtimes, and the pods themselves, since
 * those report whatever the switches say.
 *
 * @param namespace where to look if the whole cluster can't be searched
 * @param also more namespaces whose pods matter: those of releases, whose Deployment may be gone without its pods
 * @returns undefined if the cluster does not have it
 * @throws {UserError} cluster, if the server does not answer; missing rights are no error but named in the result
 */
export async function findCore2(
  connection: Connection,
  namespace?: string,
  also: () => Promise<readonly string[]> = async () => [],
): Promise<Core2 | undefined> {
  if (!(await mayHaveCore2(connection))) return undefined;
  const unreadable: string[] = [];
  const likely = namespace === undefined ? [...new Set([connection.namespace, core2Namespace])] : [namespace];
  const everywhere = async <T>(
    api: string,
    resource: string,
    query: string,
    pick: (item: unknown) => T | undefined,
  ) => {
    const all = await pickPages(connection, `/apis/${api}/${resource}${query}`, pick);
    if (all) return all;
    const lists = await Promise.all(
      likely.map(async (place) => {
        const path = `/apis/${api}/namespaces/${encodeURIComponent(place)}/${resource}${query}`;
        const found = await pickPages(connection, path, pick);
        if (!found) unreadable.push(`${resource} in ${place}`);
        return found ?? [];
      }),
    );
    unreadable.push(`${resource} in all namespaces`);
    return lists.flat();
  };
  const byName = Object.keys(deploymentNames).map((name) =>
    everywhere('apps/v1', 'deployments', `?fieldSelector=metadata.name%3D${name}`, hodometerOf),
  );
  const [runtimes, ...found] = await Promise.all([
    everywhere('mlops.seldon.io/v1alpha1', 'seldonruntimes', '', runtimeOf),
    ...byName,
  ]);
  const deployments = found.flat();
  const deciding = [...deployments, ...runtimes].map((one) => one.namespace);
  const names = [...new Set([...deciding, ...(await also())])].sort();
  const places: Core2Place[] = [];
  for (const name of names.slice(0, mostPlaces)) {
    const path = `/api/v1/namespaces/${encodeURIComponent(name)}/pods`;
    const pods = await pickPages(connection, path, podOf);
    if (!pods) unreadable.push(`pods in ${name}`);
    places.push({
      namespace: name,
      deployments: deployments.filter((one) => one.namespace === name),
      runtimes: runtimes.filter((one) => one.namespace === name),
      pods: pods ? podsTogether(pods) : 'unreadable',
    });
  }
  if (names.length > mostPlaces) unreadable.push(`${names.length - mostPlaces} more namespaces`);
  return {places, unreadable: [...new Set(unreadable)].sort()};
}
