import type {SelfSubjectAccessReview} from '../cluster/api.ts';
import type {Connection} from '../cluster/connection/connection.ts';
import {getJson} from '../cluster/connection/request.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Observed} from './kept.ts';
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

/**
 * Every right for an edit that no request has shown yet: to apply what stays or changes, and to remove what goes. Who has observed
 * these objects may read them.
 */
export function rightsForEdit(
  kept: readonly Observed[],
  removed: readonly Observed[],
  {namespace, driver}: {namespace: string; driver: 'secret' | 'configmap'},
): Right[] {
  const records = {group: '', resource: `${driver}s`, namespace};
  return [
    ...(['list', 'get', 'create', 'update'] as const).map((verb) => ({verb, ...records})),
    ...kept.map((one) => rightOn(one, 'patch')),
    ...removed.map((one) => rightOn(one, 'delete')),
  ];
}

function rightOn({resource: {group, resource}, namespace, document: {name}}: Located, verb: Right['verb']): Right {
  return {verb, group, resource, name, ...(namespace === undefined ? {} : {namespace})};
}

/**
 * Every right that Helm and the checks around it need for the change and no request has shown yet: who has observed the objects of
 * the last revision may read them, those of the usage metrics too, which go when these are turned off.
 */
export function neededRights(
  kept: readonly Observed[],
  {namespace, driver, on}: {namespace: string; driver: 'secret' | 'configmap'; on: boolean},
): Right[] {
  const records = {group: '', resource: `${driver}s`, namespace};
  return [
    ...(['list', 'get', 'create', 'update'] as const).map((verb) => ({verb, ...records})),
    // Helm 4 creates by patching, where it applies on the server's side.
    ...usagePlaces.flatMap((place) =>
      (on ? (['get', 'create', 'patch'] as const) : (['delete'] as const)).map((verb) => ({verb, ...place})),
    ),
    ...kept.map((one) => rightOn(one, 'patch')),
  ];
}

/**
 * Of the rights those that the user does not have, each once: asked of the server, one review each. A SelfSubjectRulesReview would say
 * more at once, and not what is needed: nothing for the whole cluster, nothing that an authorizer before the rules denies, and where
 * one is a webhook, no list that is whole.
 */
export async function missingRights(connection: Connection, rights: readonly Right[]): Promise<Right[]> {
  const distinct = [...new Map(rights.map((right) => [describeRight(right), right])).values()];
  const allowed = await sideBySide(distinct, atOnce, (right) => isAllowed(connection, right));
  return distinct.filter((_, i) => !allowed[i]);
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
