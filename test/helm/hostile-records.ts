// What may be tried with a release record by whoever may write Secrets in its namespace, and how it is refused.
import {gzipSync} from 'node:zlib';
import * as assert from 'uvu/assert';
import type {ErrorCode} from '../../src/errors.ts';
import {usageDocuments, usageTexts} from './eras.ts';
import {putRecord} from './put-record.ts';
import {namespace, recordPath, type tryChange, type World} from './world.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
type Any = any;

export interface Row {
  /** The Helm that it is tried with; absent: one of the two, by turns. What refuses it is ours, before Helm or in the rehearsal. */
  helm?: 3 | 4;
  prepare: (world: World) => Promise<void>;
  options?: Parameters<typeof tryChange>[1];
  code?: ErrorCode;
  says: RegExp;
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The usage template of the record becomes this. */
export function rendering(texts: readonly string[]): Row['prepare'] {
  const body = `{{- if .Values.usageMetrics.enabled }}\n${texts.join('\n---\n')}\n{{- end }}\n`;
  return (world) =>
    putRecord(world, 1, ({chart}) => {
      chart.templates.find(({name}: Any) => name === 'templates/usage.yaml').data = base64(body);
    });
}

/** The usage documents with one of them changed. */
export function changed(kind: string, change: (object: Any) => void): Row['prepare'] {
  const documents = usageDocuments({short: true});
  change(documents.find((document) => document.kind === kind));
  return rendering(documents.map((document) => JSON.stringify(document)));
}

const pod = (more: object) => changed('Deployment', ({spec}) => Object.assign(spec.template.spec, more));

/** The stored manifest gets a text more. */
export const storing = (text: string) => (world: World) =>
  putRecord(world, 1, (record) => {
    record.manifest += `---\n${text}\n`;
    record.chart.templates.push({name: 'templates/more.yaml', data: base64(text)});
  });

const charted = (change: (chart: Any) => void) => (world: World) => putRecord(world, 1, ({chart}) => change(chart));

const notes = (text: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: seldon-more\n  namespace: ${namespace}\n${text}`;

export async function create(world: World, path: string, object: object): Promise<void> {
  const {status, body} = await world.server.request('POST', path.replace(/\/[^/]+$/, ''), object);
  assert.is(status, 201, JSON.stringify(body));
}

export const foreign = '/api/v1/namespaces/kube-public/configmaps/foreign';
export const own = `/api/v1/namespaces/${namespace}/configmaps/seldon-more`;

export const service = '/api/v1/namespaces/kube-system/services/kube-dns';

export const rows: Record<string, Row> = {
  'the binding refers to cluster-admin': {
    prepare: changed('ClusterRoleBinding', ({roleRef}) => Object.assign(roleRef, {name: 'cluster-admin'})),
    says: /creates usage objects that no version[\s\S]*ClusterRoleBinding seldon-spartakus-volunteer: roleRef\.name is "cluster-admin"/,
  },
  'the binding is for another account': {
    prepare: changed('ClusterRoleBinding', ({subjects}) => Object.assign(subjects[0], {namespace, name: 'default'})),
    says: /subjects\[0\]\.name is "default"/,
  },
  'the role may do everything': {
    prepare: changed('ClusterRole', (role) =>
      Object.assign(role, {rules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]}),
    ),
    says: /ClusterRole seldon-spartakus-volunteer: rules is /,
  },
  'the pod has the network of the node': {prepare: pod({hostNetwork: true}), says: /spec\.hostNetwork is true/},
  'the pod has the disk of the node': {
    prepare: changed('Deployment', ({spec}) => spec.template.spec.volumes.push({name: 'a', hostPath: {path: '/'}})),
    says: /volumes\[1\] is .*hostPath/,
  },
  'the pod is privileged': {
    prepare: changed('Deployment', ({spec}) =>
      Object.assign(spec.template.spec.containers[0], {securityContext: {privileged: true}}),
    ),
    says: /securityContext\.privileged is true/,
  },
  'another image': {
    prepare: changed('Deployment', ({spec}) =>
      Object.assign(spec.template.spec.containers[0], {image: 'evil.example/a'}),
    ),
    says: /image is "evil\.example\/a"[\s\S]*--accept-image/,
  },
  'another image than the one that is accepted': {
    prepare: changed('Deployment', ({spec}) =>
      Object.assign(spec.template.spec.containers[0], {image: 'evil.example/a'}),
    ),
    options: {acceptImage: 'evil.example/b'},
    says: /image is "evil\.example\/a"/,
  },
  'a command in the URL': {
    prepare: changed('Deployment', ({spec}) => {
      const [one] = spec.template.spec.containers;
      one.args[1] = one.args[1].replace('seldon.io', 'seldon.io;id');
    }),
    says: /args\[1\] is /,
  },
  'a key more in the ConfigMap': {
    prepare: changed('ConfigMap', ({data}) => Object.assign(data, {copied: 'x'})),
    says: /ConfigMap seldon-spartakus-config: data\.copied is "x"/,
  },
  'a hook more': {
    prepare: charted(({templates}) =>
      templates.push({
        name: 'templates/more.yaml',
        data: base64('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {helm.sh/hook: pre-delete}}\n'),
      }),
    ),
    says: /ConfigMap a would be new/,
  },
  'a hook that becomes another': {
    prepare: charted(({templates}) => {
      const hook = templates.find(({name}: Any) => name === 'templates/hook.yaml');
      hook.data = base64(Buffer.from(hook.data, 'base64').toString().replace('pre-upgrade', 'pre-rollback'));
    }),
    // Helm 4 keeps it by the post-renderer, but for its place among the hooks.
    helm: 3,
    says: /the hook Job seldon\/seldon-hook would change/,
  },
  'a hook less': {
    prepare: charted((chart) => {
      chart.templates = chart.templates.filter(({name}: Any) => name !== 'templates/hook.yaml');
    }),
    says: /Job seldon\/seldon-hook would be gone/,
  },
  'labels by which the pod gets the requests of a Service': {
    prepare: async (world) => {
      const metadata = {name: 'kube-dns'};
      const spec = {selector: {'k8s-app': 'kube-dns'}, ports: [{port: 53}]};
      await create(world, service, {metadata, spec});
      await changed('Deployment', ({spec}) => {
        spec.template.metadata.labels['k8s-app'] = 'kube-dns';
      })(world);
    },
    says: /would give its pod the requests of the Service kube-system\/kube-dns/,
  },
  'a usage object of the name in another namespace': {
    prepare: changed('ConfigMap', ({metadata}) => Object.assign(metadata, {namespace: 'kube-public'})),
    says: /ConfigMap seldon-spartakus-config: metadata\.namespace is "kube-public"/,
  },
  'a sixth object': {
    prepare: rendering([
      ...usageTexts({short: true}),
      JSON.stringify({...usageDocuments()[2], metadata: {name: 'seldon-spartakus-volunteer-b'}}),
    ]),
    says: /there are 2 of the kind ClusterRole/,
  },
  'a stored manifest that names a foreign object': {
    helm: 3,
    prepare: async (world) => {
      await create(world, foreign, {metadata: {name: 'foreign'}, data: {a: 'b'}});
      await storing('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foreign, namespace: kube-public}\ndata: {a: b}')(
        world,
      );
    },
    says: /not marked as those of seldon\/core[\s\S]*ConfigMap kube-public\/foreign carries no marks[\s\S]*--accept-unmarked ConfigMap\/kube-public\/foreign/,
  },
  'one of another release': {
    helm: 3,
    prepare: async (world) => {
      const annotations = {'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': namespace};
      const labels = {'app.kubernetes.io/managed-by': 'Helm'};
      await create(world, own, {metadata: {name: 'seldon-more', annotations, labels}, data: {a: 'b'}});
      await storing(notes('data: {a: b}'))(world);
    },
    options: {acceptUnmarked: ['ConfigMap/seldon-more']},
    says: /ConfigMap seldon\/seldon-more belongs to the release seldon\/other/,
  },
  'a Secret of another namespace': {
    helm: 3,
    prepare: storing('apiVersion: v1\nkind: Secret\nmetadata: {name: any, namespace: kube-system}'),
    says: /not one that Helm makes[\s\S]*Secret kube-system\/any, in another namespace/,
  },
  'an object twice': {
    helm: 3,
    prepare: storing(
      notes('')
        .replace('seldon-more', 'seldon-notes')
        .replace(/ {2}namespace.*\n/, ''),
    ),
    says: /ConfigMap seldon\/seldon-notes twice/,
  },
  'an alias': {
    helm: 3,
    prepare: storing(notes('data: {a: &x b, c: *x}')),
    says: /ConfigMap seldon-more: a document has aliases/,
  },
  'a key twice': {
    helm: 3,
    prepare: storing(notes('data:\n  a: b\n  a: c')),
    says: /ConfigMap seldon-more: a key occurs twice/,
  },
  'a tag': {
    helm: 3,
    prepare: storing(notes('data: {a: !!str b}')),
    says: /ConfigMap seldon-more: a document has tags/,
  },
  'a lone carriage return': {helm: 3, prepare: storing(notes('data:\n  a: b\rkind: Secret')), says: /line break/},
  'a path for an API': {
    helm: 3,
    prepare: storing('apiVersion: ../../api/v1/namespaces/kube-system\nkind: Secret\nmetadata: {name: a}'),
    says: /has the kind Secret in \.\.\//,
  },
  'a path for a name': {
    helm: 3,
    prepare: storing(notes('').replace('seldon-more', '../../secrets/a')),
    says: /has the name/,
  },
  'a subchart among the files': {
    helm: 3,
    prepare: charted(({files}) => files.push({name: 'charts/evil/templates/a.yaml', data: ''})),
    says: /its file "charts\/evil\/templates\/a\.yaml" takes the place/,
  },
  'a template outside of the chart': {
    helm: 3,
    prepare: charted(({templates}) => templates.push({name: 'templates/../../evil.yaml', data: ''})),
    says: /leads out of the chart/,
  },
  'values beside the values': {
    helm: 3,
    prepare: charted(({files}) => files.push({name: 'values.yaml', data: base64('usageMetrics: {}')})),
    says: /"values\.yaml" takes the place/,
  },
  'a schema that leads elsewhere': {
    helm: 3,
    prepare: charted((chart) => {
      chart.schema = base64('{"properties":{"a":{"$ref":"http://127.0.0.1:9/x"}}}');
    }),
    says: /its schema of the values has \$ref "http:\/\/127\.0\.0\.1:9\/x"/,
  },
  'the record of another release under this name': {
    helm: 3,
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        record.namespace = 'kube-system';
      }),
    says: /says that it is revision 1 of kube-system\/core/,
  },
  'a record that unpacks to 255 MB': {
    helm: 3,
    prepare: async (world) => {
      const release = base64(gzipSync(Buffer.alloc(255e6, 0x20)).toString('base64'));
      await world.server.request(
        'PATCH',
        recordPath(1),
        {data: {release}},
        {headers: {'content-type': 'application/merge-patch+json'}},
      );
    },
    code: 'input',
    says: /unpacks to more than/,
  },
};
