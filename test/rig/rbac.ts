// Rights for the users of the rig's API server.
import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Answer} from './request.ts';

export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

/** What a report needs besides its nodes: to see whether the cluster forbids it. */
export const seeVeto: PolicyRule = {
  apiGroups: [''],
  resources: ['configmaps'],
  resourceNames: ['seldon-usage'],
  verbs: ['get'],
};

type Request = (method: string, path: string, body: unknown) => Promise<Answer>;

/** Grants rules to a user by a role and a binding of their own, and resolves when the server goes by them. */
export async function allowInCluster(
  request: Request,
  user: string,
  rules: PolicyRule[],
  namespace?: string,
): Promise<void> {
  const scope = namespace ? '' : 'Cluster';
  const root = `/apis/rbac.authorization.k8s.io/v1${namespace ? `/namespaces/${namespace}` : ''}`;
  const metadata = {name: `rig:${user}:${randomUUID()}`};
  const group = 'rbac.authorization.k8s.io';
  await create(request, `${root}/${scope.toLowerCase()}roles`, {metadata, rules});
  await create(request, `${root}/${scope.toLowerCase()}rolebindings`, {
    metadata,
    roleRef: {apiGroup: group, kind: `${scope}Role`, name: metadata.name},
    subjects: [{apiGroup: group, kind: 'User', name: user}],
  });
  for (const rule of rules) await inForce(request, user, rule, namespace);
}

// The server learns of new roles by a watch of its own.
async function inForce(request: Request, user: string, rule: PolicyRule, namespace?: string): Promise<void> {
  const [resource, subresource] = (rule.resources[0] ?? '').split('/');
  const resourceAttributes = {
    group: rule.apiGroups[0],
    resource,
    subresource,
    verb: rule.verbs[0],
    name: rule.resourceNames?.[0],
    namespace,
  };
  for (let tries = 0; tries < 400; tries++) {
    const review = {spec: {user, resourceAttributes}};
    const answer = await create(request, '/apis/authorization.k8s.io/v1/subjectaccessreviews', review);
    if (answer.body.status.allowed) return;
    await sleep(25);
  }
  throw new Error(`a rule for ${user} did not come into force: ${JSON.stringify(rule)}`);
}

async function create(request: Request, path: string, body: unknown): Promise<Answer> {
  const answer = await request('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}
