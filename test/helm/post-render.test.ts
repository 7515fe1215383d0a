import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readManifest} from '../../src/helm/documents.ts';
import {filenameAnnotation, postRender, type RenderPlan} from '../../src/helm/post-render.ts';

const secret = (value: string) =>
  `# Source: a\napiVersion: v1\nkind: Secret\nmetadata:\n  name: cert\ndata:\n  tls.key: ${value}\n`;
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: webhook, namespace: seldon}\n';
const usage = (name = 'seldon-spartakus-volunteer', value = 1) =>
  `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: ${name}\n  namespace: kube-system\nvalue: ${value}\n`;
const hook = (value: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: pre-upgrade\n  v: ${value}\n`;
const stream = (...documents: string[]) => documents.map((text) => `---\n${text}`).join('');

const plan = (on: boolean, stored: string[], more: Partial<RenderPlan> = {}): RenderPlan => ({
  on,
  stored: readManifest(stream(...stored)),
  hooks: [],
  ...more,
});

const key = 'v1/ServiceAccount/kube-system/seldon-spartakus-volunteer';

const passes: Record<string, [input: string[], plan: RenderPlan, output: string[]]> = {
  'a new certificate stays the old one': [
    [secret('bmV3'), service],
    plan(false, [secret('b2xk'), service, usage()]),
    [secret('b2xk'), service],
  ],
  'usage documents come where they are rendered': [
    [secret('bmV3'), usage(), service],
    plan(true, [secret('b2xk'), service]),
    [secret('b2xk'), usage(), service],
  ],
  'usage documents of the rehearsal come again': [
    [service, usage(undefined, 2)],
    plan(true, [service], {usage: {[key]: usage(undefined, 1)}}),
    [service, usage(undefined, 1)],
  ],
  'usage documents are left out': [[service], plan(false, [service, usage()]), [service]],
  'hooks, which Helm 4 sends too, stay as stored': [
    [service, hook('new'), usage()],
    plan(true, [service], {hooks: readManifest(hook('old'))}),
    [service, hook('old'), usage()],
  ],
};
for (const [name, [input, rules, output]] of Object.entries(passes))
  test(name, () => assert.is(postRender(stream(...input), rules).manifest, stream(...output)));

const fails: Record<string, [input: string[], plan: RenderPlan, reason: RegExp]> = {
  'a document that is new': [[service, secret('x')], plan(false, [service, usage()]), /Secret cert would be new/],
  'a document that is gone': [[service], plan(false, [service, secret('x'), usage()]), /Secret cert would be gone/],
  'nothing at all': [[], plan(false, [service, usage()]), /Service seldon\/webhook would be gone/],
  'a document twice': [[service, service], plan(false, [service, usage()]), /webhook is there twice/],
  'no usage documents': [[service], plan(true, [service]), /renders no usage objects/],
  'usage documents that should go': [
    [service, usage()],
    plan(false, [service, usage()]),
    /spartakus-volunteer would be new/,
  ],
  'a usage document that was not rehearsed': [
    [service, usage(), usage('seldon-spartakus-config')],
    plan(true, [service], {usage: {[key]: usage()}}),
    /seldon-spartakus-config was not planned/,
  ],
  'a rehearsed usage document that is missing': [
    [service, usage('seldon-spartakus-volunteer')],
    plan(true, [service], {usage: {[key]: usage(), 'v1/ConfigMap/kube-system/x': 'x'}}),
    /v1\/ConfigMap\/kube-system\/x was planned and is not there/,
  ],
  'a document of another kind under the name': [
    [service, usage().replace('ServiceAccount', 'Secret')],
    plan(true, [service]),
    /Secret kube-system\/seldon-spartakus-volunteer would be new/,
  ],
  'what is no YAML': [[service, 'apiVersion: {\n'], plan(true, [service]), /no YAML/],
  'a hook that is new': [[service, hook('x'), usage()], plan(true, [service]), /Job hook would be new/],
};
for (const [name, [input, rules, reason]] of Object.entries(fails))
  test(`fails on ${name}`, () => assert.throws(() => postRender(stream(...input), rules), reason));

test('a stored document gets the file name by which Helm 4 knows it', () => {
  const named = service.replace(
    'namespace: seldon',
    `namespace: seldon, annotations: {${filenameAnnotation}: "c/templates/s.yaml"}`,
  );
  const {manifest} = postRender(stream(named), plan(false, [service, usage()]));
  assert.is(readManifest(manifest)[0]?.annotations[filenameAnnotation], 'c/templates/s.yaml');
});

test.run();
