// What counts as the switch of Hodometer alone, and what of a rendering or an object is refused.
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Document, keyOf, readManifest} from '../../src/helm/documents.ts';
import {differsAsWanted, type Edit, isOlderHodometer, type Switch, switchOf} from '../../src/helm/edit.ts';
import {editProblems, renderEdit} from '../../src/helm/edit-render.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of any shape
type Any = any;

const runtime = (override: object | object[], more: object = {}): Any => ({
  ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon'}},
  spec: {seldonConfig: 'default', overrides: [{name: 'x', replicas: 2}, ...[override].flat()], ...more},
});
const own = {name: 'hodometer', disable: false, replicas: 1, podSpec: {a: 1}};
const off: Switch = {disable: false, replicas: 0};

for (const [what, object, expected] of [
  ['an override', runtime(own), {disable: false, replicas: 1}],
  ['an override that says little', runtime({name: 'hodometer'}), {disable: false, replicas: undefined}],
  ['two overrides', runtime([own, own]), undefined],
  ['none', runtime([]), undefined],
  ['no list', {kind: 'SeldonRuntime', spec: {overrides: {hodometer: own}}}, undefined],
  ['another kind', {...runtime(own), kind: 'Other'}, undefined],
] as const)
  test(`the switch of ${what}`, () => assert.equal(switchOf(object as Any), expected));

for (const [what, after, isWanted] of [
  ['replicas alone', runtime({...own, replicas: 0}), true],
  ['nothing', runtime(own), false],
  ['other replicas than planned', runtime({...own, replicas: 3}), false],
  ['podSpec too', runtime({...own, replicas: 0, podSpec: {a: 2}}), false],
  ['podSpec gone', runtime({name: 'hodometer', disable: false, replicas: 0}), false],
  [
    'another override too',
    runtime(
      {...own, replicas: 0},
      {
        overrides: [
          {name: 'x', replicas: 9},
          {...own, replicas: 0},
        ],
      },
    ),
    false,
  ],
  ['seldonConfig too', runtime({...own, replicas: 0}, {seldonConfig: 'theirs'}), false],
  ['a label too', {...runtime({...own, replicas: 0}), metadata: {name: 'seldon', labels: {a: 'b'}}}, false],
  ['disable instead', runtime({...own, disable: true}), false],
] as const)
  test(`what changes is ${what}: ${isWanted ? 'as' : 'not as'} planned`, () =>
    assert.is(differsAsWanted(runtime(own), after as Any, off), isWanted));

const other = {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: 'other'}, data: {a: 'b'}};
const manifest = (...objects: object[]) => objects.map((one) => `---\n${JSON.stringify(one)}\n`).join('');
const stored = readManifest(manifest(other, runtime(own)));
const edit: Edit = {removed: [], changed: {key: keyOf(stored[1] as Document), to: off}};
const plan = (one: Edit): Any => ({on: false, stored, hooks: [], rules: {suffixes: ['']}, edit: one});
const render = (input: string, one = edit) => renderEdit(input, plan(one), one).manifest;

test('of a rendering the planned switch comes out, and the rest as it was stored', () => {
  const rendered = manifest({...other, data: {a: 'made anew'}}, runtime({...own, replicas: 0}));
  const out = readManifest(render(rendered));
  assert.equal(
    out.map(({text}) => JSON.parse(text)),
    [other, runtime({...own, replicas: 0})],
  );
  assert.equal(editProblems(out, stored, edit), []);
});

for (const [what, input, reason] of [
  ['that keeps the switch', manifest(other, runtime(own)), /would change in more/],
  ['that changes more', manifest(other, runtime({...own, replicas: 0, podSpec: {}})), /would change in more/],
  ['without it', manifest(other), /would be gone/],
  ['with something new', manifest(other, runtime({...own, replicas: 0}), {...other, kind: 'Secret'}), /would be new/],
  ['that has it twice', manifest(other, runtime({...own, replicas: 0}), runtime(own)), /twice/],
  [
    'with a hook that was none',
    manifest(other, {
      ...runtime({...own, replicas: 0}),
      metadata: {name: 'seldon', annotations: {'helm.sh/hook': 'pre-upgrade'}},
    }),
    /would be new/,
  ],
] as const)
  test(`a rendering is refused ${what}`, () => assert.throws(() => render(input), reason));

for (const [what, documents, problem] of [
  ['as planned', [other, runtime({...own, replicas: 0})], undefined],
  [
    'with another object changed',
    [{...other, data: {}}, runtime({...own, replicas: 0})],
    /ConfigMap other would change$/,
  ],
  ['with more changed', [other, runtime({...own, replicas: 0, disable: true})], /would change otherwise/],
  ['with one gone', [runtime({...own, replicas: 0})], /would be gone/],
  ['with one new', [other, runtime({...own, replicas: 0}), {...other, metadata: {name: 'new'}}], /would be new/],
] as const)
  test(`a new record ${what}`, () => {
    const [found] = editProblems(readManifest(manifest(...documents)), stored, edit);
    if (problem) assert.match(found ?? '', problem);
    else assert.is(found, undefined);
  });

for (const [apiVersion, kind, name, expected] of [
  ['apps/v1', 'Deployment', 'seldon-hodometer', true],
  ['rbac.authorization.k8s.io/v1', 'Role', 'hodometer-role', true],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', 'hodometer-role', false],
  ['apps/v1', 'Deployment', 'seldon-scheduler', false],
  ['v1', 'Secret', 'hodometer', false],
] as const)
  test(`${kind} ${name} ${expected ? 'goes' : 'stays'} with Hodometer up to 2.5`, () =>
    assert.is(isOlderHodometer({apiVersion, kind, name}), expected));

test.run();
