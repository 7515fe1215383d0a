import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Chart} from '../../src/helm/record.ts';
import {eraOf, isUsageDocument, usageValue, withUsage} from '../../src/helm/usage.ts';

const off = {usageMetrics: {enabled: false}};
const values: [name: string, defaults: Record<string, unknown>, config: Record<string, unknown> | null, on: boolean][] =
  [
    ['the default', off, null, false],
    ['true', off, {usageMetrics: {enabled: true}}, true],
    ['the text "false"', off, {usageMetrics: {enabled: 'false'}}, true],
    ['an empty text', off, {usageMetrics: {enabled: ''}}, false],
    ['null', {usageMetrics: {enabled: true}}, {usageMetrics: {enabled: null}}, false],
    ['0', off, {usageMetrics: {enabled: 0}}, false],
    ['1', off, {usageMetrics: {enabled: 1}}, true],
    ['another key only', {usageMetrics: {enabled: true}}, {usageMetrics: {database: 'x'}}, true],
    [
      '0.2, with rbac',
      {usage_metrics: {enabled: false}, rbac: {enabled: true}},
      {usage_metrics: {enabled: true}},
      true,
    ],
    ['0.2, without rbac', {usage_metrics: {enabled: true}, rbac: {enabled: true}}, {rbac: {enabled: false}}, false],
    ['0.2, the later name', {usage_metrics: {enabled: false}}, {usageMetrics: {enabled: true}}, false],
  ];
for (const [name, defaults, config, on] of values)
  test(`is ${on ? 'on' : 'off'}: ${name}`, () => assert.is(usageValue({chart: {values: defaults}, config})?.on, on));

test('a chart without usage metrics', () => assert.is(usageValue({chart: {values: {a: 1}}, config: off}), undefined));
test('a parent that is null', () =>
  assert.is(usageValue({chart: {values: off}, config: {usageMetrics: null}})?.broken, true));

const shown: [unknown, unknown][] = [
  [true, true],
  ['false', '"false"'],
  ['hunter2', 'a text'],
  [7, 'a number'],
  [{a: 1}, 'not a scalar'],
];
for (const [value, text] of shown)
  test(`${JSON.stringify(value)} is shown as ${text}`, () =>
    assert.is(usageValue({chart: {values: off}, config: {usageMetrics: {enabled: value}}})?.user, text));

test('one key changes, and the order stays', () => {
  const config = {z: 1, usageMetrics: {database: 'x', enabled: false}, a: null};
  const value = usageValue({chart: {values: off}, config})!;
  assert.is(
    JSON.stringify(withUsage(config, value, true)),
    '{"z":1,"usageMetrics":{"database":"x","enabled":true},"a":null}',
  );
});

const documents: [string, string, boolean][] = [
  ['Deployment', 'seldon-spartakus-volunteer', true],
  ['ClusterRole', 'seldon-spartakus-volunteer-seldon-system', true],
  ['ConfigMap', 'seldon-spartakus-config', true],
  ['Secret', 'seldon-spartakus-volunteer', false],
  ['Deployment', 'seldon-controller-manager', false],
];
for (const [kind, name, expected] of documents)
  test(`${kind} ${name} ${expected ? 'is' : 'is not'} of the usage metrics`, () =>
    assert.is(isUsageDocument({kind, name}), expected));

const eras: [name: string, version: string, sends: RegExp, broken: RegExp][] = [
  ['seldon-core-crd', '0.2.7', /new at every helm upgrade/, /extensions\/v1beta1/],
  ['seldon-core-operator', '0.3.1', /new at every helm upgrade/, /extensions\/v1beta1/],
  ['seldon-core-operator', '0.4.1', /new at every start of the container/, /retired registry/],
  ['seldon-core-operator', '0.5.1', /frozen at 0\.5/, /retired/],
  ['seldon-core-operator', '1.6.0', /frozen at 0\.5/, /rbac\.authorization\.k8s\.io\/v1beta1/],
  ['seldon-core-operator', '1.18.2', /frozen at 0\.5/, /^(?!.*v1beta1)/s],
  ['seldon-core-operator', '1.12.0-dev', /frozen at 0\.5/, /^(?!.*v1beta1)/s],
];
for (const [name, version, sends, broken] of eras)
  test(`${name} ${version}`, () => {
    const era = eraOf({metadata: {name, version}} as Chart);
    assert.match(era.sends.join('\n'), sends);
    assert.match(era.broken.join('\n'), broken);
  });

test.run();
