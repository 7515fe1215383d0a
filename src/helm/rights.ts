import type {SelfSubjectAccessReview} from '../cluster/api.ts';
import type {Connection} from '../cluster/connection/connection.ts';
import {getJson} from '../cluster/connection/request.ts';
import type {Located} from './objects.ts';

/** One right in RBAC's terms. */
export interface Right {
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete';
  readonly group: string;
  readonly resource: string;
  /** Absent: cluster-wide. */
  readonly namespace?: string;
  /** Name of the object; absent: all of them. */
  readonly name?: string;
}

/** Where the usage objects are, whatever the version of the chart. */
const usagePlaces: readonly Omit<Right, 'verb'>[] = [
  {group: '', resource: 'serviceaccounts', namespace: 'kube-system'},
  {group: '', resource: 'configmaps', namespace: 'kube-system'},
  {group: 'apps', resource: 'deployments', namespace: 'kube-system'},
  {group: 'rbac.authorization.k8s.io', resource: 'clusterroles'},
  {group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings'},
];

/** Every right for an edit: to read and apply what stays or changes, and to remove what goes. */
export function rightsForEdit(
  kept: readonly Located[],
  removed: readonly Located[],
  {namespace, driver}: {namespace: string; driver: 'secret' | 'configmap'},
): Right[] {
  const records = {group: '', resource: `${driver}s`, namespace};
  return [
    ...(['list', 'get', 'create', 'update'] as const).map((verb) => ({verb, ...records})),
    ...kept.flatMap((one) => rightsOn(one, ['get', 'patch'])),
    ...removed.flatMap((one) => rightsOn(one, ['get', 'delete'])),
  ];
}

function rightsOn(
  {resource: {group, resource}, namespace, document: {name}}: Located,
  verbs: readonly Right['verb'][],
): Right[] {
  return verbs.map((verb) => ({verb, group, resource, name, ...(namespace === undefined ? {} : {namespace})}));
}

/** Every right that Helm and the checks around it need for the change. */
export function neededRights(
  kept: readonly Located[],
  {namespace, driver, on}: {namespace: string; driver: 'secret' | 'configmap'; on: boolean},
): Right[] {
  const records = {group: '', resource: `${driver}s`, namespace};
  return [
    ...(['list', 'get', 'create', 'update'] as const).map((verb) => ({verb, ...records})),
    // Helm 4 creates by patching, where it applies on the server's side.
    ...usagePlaces.flatMap((place) =>
      (on ? (['get', 'create', 'patch'] as const) : (['get', 'delete'] as const)).map((verb) => ({verb, ...place})),
    ),
    ...kept.flatMap((one) => rightsOn(one, ['get', 'patch'])),
  ];
}

/** Of the rights those that the user does not have: asked of the server, one review each. */
export async function missingRights(connection: Connection, rights: readonly Right[]): Promise<Right[]> {
  const queue = [...rights.entries()];
  const allowed: boolean[] = [];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) allowed[next[0]] = await isAllowed(connection, next[1]);
  };
  await Promise.all(Array.from({length: atOnce}, work));
  return rights.filter((_, i) => !allowed[i]);
}

/** Reviews at the same time: each takes a connection of its own. */
const atOnce = 12;

async function isAllowed(connection: Connection, resourceAttributes: Right): Promise<boolean> {
  const {status} = await getJson<SelfSubjectAccessReview>(
    connection,
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      method: 'POST',
      headers: {'Content-Type': 'application/json'},
      body: JSON.stringify({
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: {resourceAttributes},
      } satisfies SelfSubjectAccessReview),
    },
  );
  return status?.allowed === true;
}

/** `create deployments.apps in kube-system`, for people. */
export function describeRight({verb, group, resource, namespace, name}: Right): string {
  const what = `${verb} ${resource}${group ? `.${group}` : ''}${name ? ` ${name}` : ''}`;
  return namespace === undefined ? `${what} (cluster-wide)` : `${what} in ${namespace}`;
}
