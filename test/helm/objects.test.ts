import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {content, differences, type LiveObject} from '../../src/helm/objects.ts';

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

test.run();
