import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {keyOf, readHead, readManifest} from '../../src/helm/documents.ts';
import {filenameAnnotation, postRender, type RenderPlan} from '../../src/helm/post-render.ts';
import {usageDocuments, usageTexts} from './eras.ts';

const secret = (value: string) =>
  `# Source: a\napiVersion: v1\nkind: Secret\nmetadata:\n  name: cert\ndata:\n  tls.key: ${value}\n`;
const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: webhook, namespace: seldon}\n';
const usage = (version = '1.18.2') => usageTexts({version});
/** As they are handed on: JSON of what was checked. */
const checked = (version?: string) =>
  usageDocuments({version: version ?? '1.18.2'}).map((one) => `${JSON.stringify(one)}\n`);
const hook = (value: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: hook\n  annotations:\n    helm.sh/hook: pre-upgrade\n  v: ${value}\n`;
const stream = (...documents: string[]) => documents.map((text) => `---\n${text}`).join('\n');
const plain = (...documents: string[]) => documents.map((text) => `---\n${text}`).join('');

const plan = (on: boolean, stored: string[], more: Partial<RenderPlan> = {}): RenderPlan => ({
  on,
  stored: readManifest(stream(...stored)),
  hooks: [],
  rules: {suffixes: ['', '-seldon']},
  ...more,
});

/** The checked documents by their keys, as a rehearsal leaves them. */
const rehearsed = (texts: string[]) => Object.fromEntries(texts.map((text) => [keyOf(readHead(text)), text]));

const passes: Record<string, [input: string[], plan: RenderPlan, output: string[]]> = {
  'a new certificate stays the old one': [
    [secret('bmV3'), service],
    plan(false, [secret('b2xk'), service, ...usage()]),
    [secret('b2xk'), service],
  ],
  'usage documents come where they are rendered, as JSON of what was checked': [
    [secret('bmV3'), ...usage(), service],
    plan(true, [secret('b2xk'), service]),
    [secret('b2xk'), ...checked(), service],
  ],
  'those of 0.2, with tabs and a list, one by one': [
    [service, ...usage('0.2.7')],
    plan(true, [service]),
    [service, ...[1, 0, 2, 3, 4].map((i) => checked('0.2.7')[i]!)],
  ],
  'usage documents of the rehearsal come again': [
    [service, ...usage().map((text) => text.replace('"0.5"', '"0.6"'))],
    plan(true, [service], {usage: rehearsed(checked())}),
    [service, ...checked()],
  ],
  'usage documents are left out, whatever is in them': [
    [service],
    plan(false, [service, ...usage().map((text) => text.replace('nodes', 'secrets'))]),
    [service],
  ],
  'those in a list are left out too': [[service], plan(false, [service, ...usage('0.2.7')]), [service]],
  'hooks, which Helm 4 sends too, stay as stored': [
    [service, hook('new'), ...usage()],
    plan(true, [service], {hooks: readManifest(hook('old'))}),
    [service, hook('old'), ...checked()],
  ],
};
for (const [name, [input, rules, output]] of Object.entries(passes))
  test(name, () => assert.is(postRender(stream(...input), rules).manifest, plain(...output)));

const fails: Record<string, [input: string[], plan: RenderPlan, reason: RegExp]> = {
  'a document that is new': [[service, secret('x')], plan(false, [service, ...usage()]), /Secret cert would be new/],
  'a document that is gone': [[service], plan(false, [service, secret('x'), ...usage()]), /Secret cert would be gone/],
  'nothing at all': [[], plan(false, [service, ...usage()]), /Service seldon\/webhook would be gone/],
  'a document twice': [[service, service], plan(false, [service, ...usage()]), /webhook is there twice/],
  'no usage documents': [[service], plan(true, [service]), /renders no usage objects/],
  'usage documents that should go': [
    [service, ...usage()],
    plan(false, [service, ...usage()]),
    /spartakus-volunteer would be new/,
  ],
  'a usage document that was not rehearsed': [
    [service, ...usage()],
    plan(true, [service], {usage: rehearsed(checked().slice(1))}),
    /ServiceAccount kube-system\/seldon-spartakus-volunteer was not planned/,
  ],
  'a rehearsed usage document that is missing': [
    [service, ...usage()],
    plan(true, [service], {usage: {...rehearsed(checked()), 'v1/ConfigMap/kube-system/x': 'x'}}),
    /v1\/ConfigMap\/kube-system\/x was planned and is not there/,
  ],
  'a usage document that is not what an era makes': [
    [service, ...usage().map((text) => text.replace('[{"apiGroups"', '[{"verbs":["*"],"apiGroups"'))],
    plan(true, [service]),
    /twice|rules is/,
  ],
  'another role, by its field': [
    [service, ...usage().map((text) => text.replace(/(roleRef:[^#]*?name: )[\w-]+/, '$1cluster-admin'))],
    plan(true, [service]),
    /the usage objects are not those of Seldon's chart\nClusterRoleBinding .*: roleRef\.name is "cluster-admin"/,
  ],
  'a document of the name in another namespace': [
    [service, ...usage().map((text) => text.replace('kube-system', 'kube-public'))],
    plan(true, [service]),
    /metadata\.namespace is "kube-public"/,
  ],
  'a document of the kind in another API': [
    [service, ...usage().map((text) => text.replace('apps/v1', 'evil.example/v1'))],
    plan(true, [service]),
    /Deployment .*: apiVersion is "evil\.example\/v1"/,
  ],
  'a document of another kind under the name': [
    [service, ...usage().map((text) => text.replace('ServiceAccount', 'Secret'))],
    plan(true, [service]),
    /Secret kube-system\/seldon-spartakus-volunteer would be new/,
  ],
  'an alias in a usage document': [
    [service, ...usage().map((text) => text.replace('name: seldon', 'name: &a seldon'))],
    plan(true, [service]),
    /aliases/,
  ],
  'what is no YAML': [[service, 'apiVersion: {\n'], plan(true, [service]), /not YAML/],
  'a hook that is new': [[service, hook('x'), ...usage()], plan(true, [service]), /Job hook would be new/],
};
for (const [name, [input, rules, reason]] of Object.entries(fails))
  test(`fails on ${name}`, () => assert.throws(() => postRender(stream(...input), rules), reason));

test('a stored document gets the file name by which Helm 4 knows it', () => {
  const named = service.replace(
    'namespace: seldon',
    `namespace: seldon, annotations: {${filenameAnnotation}: "c/templates/s.yaml"}`,
  );
  const {manifest} = postRender(stream(named), plan(false, [service, ...usage()]));
  assert.is(readManifest(manifest)[0]?.annotations[filenameAnnotation], 'c/templates/s.yaml');
});

test('a usage document keeps the file name by which Helm 4 knows it, and no other annotation passes', () => {
  const annotated = (name: string) =>
    stream(
      service,
      ...usage().map((text) => text.replace('metadata:\n', `metadata:\n  annotations: {${name}: c/u.yaml}\n`)),
    );
  const {manifest, usage: kept} = postRender(annotated(filenameAnnotation), plan(true, [service]));
  for (const document of readManifest(manifest).slice(1))
    assert.is(document.annotations[filenameAnnotation], 'c/u.yaml');
  assert.not.match(Object.values(kept).join(), /annotations/);
  assert.throws(() => postRender(annotated('helm.sh/other'), plan(true, [service])), /metadata\.annotations/);
});

test.run();
