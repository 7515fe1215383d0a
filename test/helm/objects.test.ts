import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {content, differences, findLive, type LiveObject} from '../../src/helm/objects.ts';
import {failure, withScripted} from '../cluster/connection/connecting.ts';

const test = suite('objects of a release');

const cases: Record<string, [a: object, b: object, differ: string[]]> = {
  'what the server writes is nobody’s word': [{metadata: {resourceVersion: '1', generation: 1}}, {metadata: {}}, []],
  'the status neither': [{status: {replicas: 1}}, {}, []],
  'a field that is null is not there': [{spec: {a: null}}, {spec: {}}, []],
  'inside a list too': [{spec: {list: [{name: 'x', a: null}]}}, {spec: {list: [{name: 'x'}]}}, []],
  'and in metadata': [{metadata: {labels: null}}, {metadata: {}}, []],
  'an item of a list that is null is one': [{spec: {list: [null]}}, {spec: {list: []}}, ['spec.list[0]']],
  'nothing is not an empty text': [{spec: {a: null}}, {spec: {a: ''}}, ['spec.a']],
  'nothing is not an empty object': [{spec: {a: null}}, {spec: {a: {}}}, ['spec.a']],
  'nor false': [{spec: {}}, {spec: {a: false}}, ['spec.a']],
  'a name that is one of JavaScript’s': [JSON.parse('{"spec":{"__proto__":{"a":1}}}'), {spec: {}}, ['spec.__proto__']],
};
for (const [what, [a, b, differ]] of Object.entries(cases))
  test(what, () => {
    const [left, right] = [a, b].map((one) => content({metadata: {}, ...one} as LiveObject));
    assert.equal(differences(left, right), differ);
    assert.equal(differences(right, left), differ);
  });

const strange: [what: string, body: object][] = [
  ['a list', {items: []}],
  ['no metadata', {metadata: null}],
  ['labels that are a list', {metadata: {labels: ['x']}}],
  ['an annotation that is no text', {metadata: {annotations: {a: 5}}}],
  ['an owner that is nothing', {metadata: {ownerReferences: [null]}}],
  ['a manager that is no text', {metadata: {managedFields: [{manager: 5}]}}],
  ['a status that is a text', {metadata: {}, status: 'x'}],
];
for (const [what, body] of strange)
  test(`what is answered is no object: ${what}`, () =>
    withScripted({'/x': {body}}, async (connection) => {
      const {message, code} = await failure(findLive(connection, '/x'));
      assert.match(message, /something other than an object at \/x/);
      assert.is(code, 'cluster');
    }));

test.run();
