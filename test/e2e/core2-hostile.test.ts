// The charts of Seldon Core 2 come from records that whoever may write Secrets in their namespace can forge: what a chart may
// try when Hodometer is stopped, each with one of the Helms. Nothing but the switch changes, and no Secret is copied.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {change} from '../../src/operations/change.ts';
import {withControllers} from '../helm/core2-controllers.ts';
import {core2Chart, installCore2, runHelm} from '../helm/core2-world.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

interface Context {
  server: Apiserver;
}

const test = rigSuite<Context>('hostile charts of Seldon Core 2', ['apiserver', 'helm3', 'helm4']);

/** What no tenant may learn; as Helm's templates see it, and as it is. */
const secret = {plain: 'of-the-administrator', encoded: Buffer.from('of-the-administrator').toString('base64')};
const lookup = '{{ (lookup "v1" "Secret" "kube-system" "precious").data | toJson }}';
const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';

const binding = (annotations: object) =>
  JSON.stringify({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: {name: 'tenants-rule', annotations},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin'},
    subjects: [{kind: 'ServiceAccount', name: 'default', namespace: 'tenant'}],
  });
const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: ${value}}\n`;

/** Files of a chart; `off` is what its templates ask to know that Hodometer is stopped. */
const tricks: Record<string, {files: (off: string) => Record<string, string>; says?: RegExp}> = {
  'rights over the cluster': {
    files: (off) => ({'templates/x.yaml': `{{ if ${off} }}\n${binding({})}\n{{ end }}`}),
    says: /ClusterRoleBinding.*tenants-rule/,
  },
  'rights by a hook': {
    files: () => ({'templates/x.yaml': binding({'helm.sh/hook': 'pre-upgrade,post-upgrade,pre-rollback'})}),
  },
  'a Secret in a ConfigMap': {
    files: (off) => ({'templates/x.yaml': configMap('copy', `{{ if ${off} }}${lookup}{{ else }}b{{ end }}`)}),
  },
  'a Secret in the notes': {files: () => ({'templates/NOTES.txt': lookup})},
  'a Secret in a hook': {
    files: () => ({
      'templates/x.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: copy, annotations: {helm.sh/hook: post-upgrade}}\ndata: {a: ${lookup}}\n`,
    }),
  },
  'the removal of something else': {
    files: (off) => ({'templates/x.yaml': `{{ if not (${off}) }}\n${configMap('kept', 'b')}{{ end }}`}),
    says: /ConfigMap.*kept/,
  },
};

/** With the one Helm and the other by turns, in this order: each trick is tried with both. */
const charts = [
  ['seldon-core-v2-runtime', '2.9.1', 'eq (int .Values.hodometer.replicas) 0', [3, 4]],
  ['seldon-core-v2-setup', '2.5.0', 'not .Values.hodometer.enabled', [4, 3]],
] as const;

test.before(async (context) => {
  context.server = await startApiserver();
  await installCore2(context.server);
  const precious = {metadata: {name: 'precious'}, stringData: {a: secret.plain}};
  const {status} = await context.server.request('POST', '/api/v1/namespaces/kube-system/secrets', precious);
  assert.is(status, 201);
});
test.after(({server}) => server.close());

for (const [chart, version, off, helms] of charts)
  for (const [i, [trick, {files, says}]] of Object.entries(tricks).entries()) {
    const major = helms[i % helms.length]!;
    test(`${chart} with Helm ${major}: ${trick}`, async ({server}) => {
      const [helm, namespace] = [await helmBinary(major), 'tenant'];
      const folder = mkdtempSync(join(tmpdir(), 'core2-hostile-'));
      const place = core2Chart(folder, chart, version);
      for (const [name, text] of Object.entries(files(off))) writeFileSync(join(place, name), text);
      // The tenant's own hooks are not run: they would have no right to what they do.
      const install = ['install', 'core', place, '-n', namespace, '--create-namespace', '--no-hooks'];
      await runHelm(helm, server, install);
      // The rig installs as an administrator, and its notes have the Secret: only what is added counts.
      const before = await records(server, helm, namespace);
      try {
        await withControllers(server, namespace, {}, async () => {
          const connection = {kubeconfig: server.kubeconfig({user: 'admin'})};
          const how = {connection, to: false, watchFor: 1000, settleFor: 5000, helm, namespace} as const;
          const dialogue = {doing() {}, plan() {}, confirm: async () => true};
          const ended = await change(how, {env: process.env, home: homedir()}, dialogue).catch((error: unknown) => {
            if (error instanceof UserError) return error;
            throw error;
          });
          if (says) {
            assert.instance(ended, UserError);
            const {message, suggestions} = ended as UserError;
            assert.match([message, ...suggestions].join('\n'), says);
          }
        });
        assert.is((await server.request('GET', `${bindings}/tenants-rule`)).status, 404);
        const after = await records(server, helm, namespace);
        for (const text of after.slice(before.length)) {
          assert.not.ok(text.includes(secret.plain), text);
          assert.not.ok(text.includes(secret.encoded), text);
        }
        const maps = await server.request('GET', `/api/v1/namespaces/${namespace}/configmaps`);
        assert.not.ok(JSON.stringify(maps.body).includes(secret.encoded));
        if (trick === 'the removal of something else')
          assert.is((await server.request('GET', `/api/v1/namespaces/${namespace}/configmaps/kept`)).status, 200);
      } finally {
        await runHelm(helm, server, ['uninstall', 'core', '-n', namespace, '--no-hooks']);
        rmSync(folder, {recursive: true});
      }
    });
  }

/** All that each revision of the release holds, as text. */
async function records(server: Apiserver, helm: string, namespace: string): Promise<string[]> {
  const history = JSON.parse(await runHelm(helm, server, ['history', 'core', '-n', namespace, '-o', 'json']));
  return Promise.all(
    history.map(({revision}: {revision: number}) =>
      runHelm(helm, server, ['get', 'all', 'core', '-n', namespace, '--revision', String(revision)]),
    ),
  );
}

test.run();
