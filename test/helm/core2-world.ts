// Seldon Core 2 as it is in a cluster of either era: the group and names of its API, and charts of the project's own.
import {execFile} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import type {Apiserver} from '../rig/apiserver.ts';

const group = 'mlops.seldon.io';
const run = promisify(execFile);

const open = {type: 'object', 'x-kubernetes-preserve-unknown-fields': true};
const integer = {type: 'integer', format: 'int32'};
const condition = {
  type: 'object',
  required: ['type', 'status'],
  properties: {type: {type: 'string'}, status: {type: 'string'}, reason: {type: 'string'}, message: {type: 'string'}},
};
const conditions = {conditions: {type: 'array', items: condition}, observedGeneration: {type: 'integer'}};
const override = {
  type: 'object',
  required: ['name'],
  properties: {
    name: {type: 'string'},
    disable: {type: 'boolean'},
    replicas: integer,
    serviceType: {type: 'string'},
    podSpec: {...open, nullable: true},
  },
};

/** The kinds, with the fields of their status, and those of the spec that matter (operator/config/crd of SeldonIO/seldon-core). */
const kinds: Record<string, {spec?: object; status: object}> = {
  Model: {status: {...conditions, replicas: integer, availableReplicas: integer, selector: {type: 'string'}}},
  Pipeline: {status: {...conditions, modelsReady: {type: 'boolean'}}},
  Experiment: {status: conditions},
  Server: {
    status: {...conditions, loadedModels: integer, replicas: integer, selector: {type: 'string'}},
  },
  ServerConfig: {status: {}},
  SeldonConfig: {status: {}},
  SeldonRuntime: {
    spec: {
      type: 'object',
      required: ['seldonConfig'],
      properties: {
        seldonConfig: {type: 'string'},
        disableAutoUpdate: {type: 'boolean'},
        overrides: {type: 'array', items: override},
        config: open,
      },
    },
    status: conditions,
  },
};

/** Makes the custom resources of Seldon Core 2; resolves once they are served. */
export async function installCore2(server: Apiserver): Promise<void> {
  for (const [kind, {spec = open, status}] of Object.entries(kinds)) {
    const plural = `${kind.toLowerCase()}s`;
    const properties = {spec, status: {type: 'object', properties: status}};
    const schema = {openAPIV3Schema: {type: 'object', properties}};
    await server.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: {name: `${plural}.${group}`},
      spec: {
        group,
        scope: 'Namespaced',
        names: {kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List`},
        versions: [{name: 'v1alpha1', served: true, storage: true, subresources: {status: {}}, schema}],
      },
    });
  }
  for (const kind of Object.keys(kinds))
    while ((await server.request('GET', `/apis/${group}/v1alpha1/${kind.toLowerCase()}s`)).status !== 200)
      await sleep(50);
}

/** Makes a custom resource of Seldon Core 2, and gives it a status. */
export async function makeCore2(
  server: Apiserver,
  kind: string,
  namespace: string,
  {name, spec = {}, status}: {name: string; spec?: object; status?: object},
): Promise<void> {
  const path = `/apis/${group}/v1alpha1/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const body = {apiVersion: `${group}/v1alpha1`, kind, metadata: {name}, spec};
  const made = await server.request('POST', path, body);
  if (made.status !== 201) throw new Error(`${kind} ${name} was not made: ${JSON.stringify(made.body)}`);
  if (!status) return;
  const headers = {'content-type': 'application/merge-patch+json'};
  const told = await server.request('PATCH', `${path}/${name}/status`, {status}, {headers});
  if (told.status !== 200) throw new Error(`${kind} ${name} has no status: ${JSON.stringify(told.body)}`);
}

/** Hodometer's Deployment, with its variables. */
export function hodometer(
  name: string,
  {replicas = 1, env = {}}: {replicas?: number; env?: Record<string, string>} = {},
) {
  const labels = {app: name};
  const variables = {METRICS_LEVEL: 'feature', PUBLISH_URL: 'http://hodometer.seldon.io', ...env};
  const list = Object.entries(variables).map(([key, value]) => ({name: key, value}));
  const containers = [{name: 'hodometer', image: 'docker.io/seldonio/seldon-hodometer:2.9.1', env: list}];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {name},
    spec: {replicas, selector: {matchLabels: labels}, template: {metadata: {labels}, spec: {containers}}},
  };
}

const level = '{{ .Values.hodometer.metricsLevel | upper }}';
const account = {apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name: 'hodometer'}};
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: {name: 'hodometer-role'},
  rules: [{apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch']}],
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: {name: 'hodometer-rolebinding'},
  roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'hodometer-role'},
  subjects: [{kind: 'ServiceAccount', name: 'hodometer'}],
};
const deployment = hodometer('seldon-hodometer', {env: {METRICS_LEVEL: level}});
const config = {
  apiVersion: `${group}/v1alpha1`,
  kind: 'SeldonConfig',
  metadata: {name: 'default'},
  spec: {components: [{name: 'hodometer', replicas: 1, podSpec: deployment.spec.template.spec}]},
};
const other = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: seldon-other}\n';
const ifEnabled = (objects: readonly object[]) =>
  `{{- if .Values.hodometer.enabled }}\n${objects.map((one) => `---\n${JSON.stringify(one)}\n`).join('')}{{- end }}\n`;

/** The set-up chart of the two eras, and that of the runtime, as far as they concern Hodometer. */
const templates = {
  older: `${other}${ifEnabled([account, role, binding, deployment])}`,
  newer: `${other}${ifEnabled([config])}`,
  'seldon-core-v2-runtime': [
    `apiVersion: ${group}/v1alpha1`,
    'kind: SeldonRuntime',
    'metadata: {name: seldon}',
    'spec:',
    '  seldonConfig: default',
    '  overrides:',
    '  - {name: seldon-scheduler, replicas: 2}',
    '  - name: hodometer',
    '    disable: {{ .Values.hodometer.disable }}',
    '    replicas: {{ .Values.hodometer.replicas }}',
    '    podSpec: {{ toJson .Values.hodometer.podSpec }}',
    '',
  ].join('\n'),
};
const values = {
  'seldon-core-v2-setup': {hodometer: {enabled: true, metricsLevel: 'feature', extraPublishUrls: ''}},
  'seldon-core-v2-runtime': {hodometer: {disable: false, replicas: 1, podSpec: null}},
};

/** Writes a chart of the name and version of one of Seldon's; answers its folder. */
export function core2Chart(folder: string, name: keyof typeof values, version: string): string {
  const chart = join(folder, `${name}-${version}`);
  mkdirSync(join(chart, 'templates'), {recursive: true});
  writeFileSync(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: ${version}\n`);
  writeFileSync(join(chart, 'values.yaml'), JSON.stringify(values[name]));
  const era = Number(version.split('.')[1]) > 5 ? 'newer' : 'older';
  writeFileSync(join(chart, 'templates', 'all.yaml'), templates[name === 'seldon-core-v2-setup' ? era : name]);
  return chart;
}

/** Runs Helm as the admin. */
export async function runHelm(path: string, server: Apiserver, args: readonly string[]): Promise<string> {
  return (await run(path, [...args, '--kubeconfig', server.kubeconfig()])).stdout;
}
