// Objects of Seldon Core, and of others, on the rig's real API server.
import type {SharedApiserver} from '../rig/apiserver.ts';

export interface WorkloadLike {
  resource: 'deployments' | 'statefulsets';
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  image?: string;
}

/** Makes a namespace, if it is not there. */
export async function ensureNamespace({request}: SharedApiserver, name: string): Promise<void> {
  const {status} = await request('POST', '/api/v1/namespaces', {metadata: {name}});
  if (status !== 201 && status !== 409) throw new Error(`the namespace ${name} was not made: ${status}`);
}

/** Creates workloads, runs `body`, and deletes them. */
export async function withWorkloads<T>(
  server: SharedApiserver,
  workloads: readonly WorkloadLike[],
  body: () => Promise<T>,
): Promise<T> {
  const made: string[] = [];
  try {
    for (const workload of workloads) {
      await ensureNamespace(server, workload.namespace);
      const path = `/apis/apps/v1/namespaces/${workload.namespace}/${workload.resource}`;
      const {status, body} = await server.request('POST', path, manifest(workload));
      if (status !== 201) throw new Error(`${workload.name} was not made: ${status} ${JSON.stringify(body)}`);
      made.push(`${path}/${workload.name}`);
    }
    return await body();
  } finally {
    for (const path of made) await server.request('DELETE', path);
  }
}

// Selector and pod carry the version label that never changes, as the real ones do.
function manifest({resource, name, labels, image = 'example.com/other:1.0.0'}: WorkloadLike) {
  const pod = {app: 'seldon', 'app.kubernetes.io/version': 'v0.5'};
  const containers = [
    {name: 'proxy', image: 'example.com/kube-rbac-proxy:9.9.9'},
    {name: 'manager', image},
  ];
  return {
    metadata: {name, labels},
    spec: {
      selector: {matchLabels: pod},
      ...(resource === 'statefulsets' && {serviceName: 'webhook-server-service'}),
      template: {metadata: {labels: pod}, spec: {containers}},
    },
  };
}

/** An operator as the Helm chart of a version from 1.0 on makes it. */
export function operator(namespace: string, version: string): WorkloadLike {
  const labels = {app: 'seldon', 'app.kubernetes.io/name': 'seldon', 'app.kubernetes.io/version': version};
  return {resource: 'deployments', namespace, name: 'seldon-controller-manager', labels};
}
