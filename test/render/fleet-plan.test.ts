import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Core2Plan} from '../../src/helm/core2-plan.ts';
import type {Plan} from '../../src/helm/plan.ts';
import {colours} from '../../src/render/colours.ts';
import {renderPlans, renderPlansQuestion} from '../../src/render/fleet-plan.ts';
import {contextNames} from '../../src/render/shared.ts';

const planOf = (context: string, more: Partial<Plan> = {}): Plan => ({
  cluster: {context, server: `https://${context}.example`, user: `${context}-admin`},
  release: {name: 'core', namespace: 'seldon', chart: 'seldon-core-operator 1.18.2', revision: 3},
  helm: {path: '/usr/local/bin/helm', version: 'v3.19.0'},
  value: {path: 'usageMetrics.enabled', default: false, after: true},
  added: ['Deployment kube-system/volunteer'],
  removed: [],
  kept: 9,
  hooks: 0,
  command: 'helm upgrade core',
  undo: `helm rollback core 3 --kube-context ${context}`,
  warnings: ['Mind the next upgrade.'],
  ...more,
});
const text = renderPlans(
  [
    planOf('a'),
    planOf('b', {added: ['Deployment kube-system/other'], warnings: ['What reports: seldon-usage send --period 24h']}),
    planOf('c'),
  ],
  80,
  colours({}),
);

test('each cluster has its line: release, value, server and user', () => {
  const [, , a] = text.split(/^(?=Context|a {2}|b {2}|c {2})/m);
  assert.match(
    a!.replace(/\s+/g, ' '),
    /a seldon\/core usageMetrics\.enabled: the chart's default, false → true; revision 3,/,
  );
  assert.match(a!.replace(/\s+/g, ' '), /at https:\/\/a\.example as a-admin/);
});
test('what is true of all stands once, and what is not with its contexts', () => {
  assert.is(text.match(/seldon-core-operator 1\.18\.2/g)?.length, 1);
  assert.match(
    text,
    /Adds {5}Deployment kube-system\/volunteer \(a and c\)\n(.*\n)* +Deployment kube-system\/other \(b\)/,
  );
  assert.match(text, /^ {2}a and c: Mind the next upgrade\.$/m);
});
test('commands are lines of their own', () => {
  for (const name of ['a', 'b', 'c'])
    assert.match(text, new RegExp(`^    helm rollback core 3 --kube-context ${name}$`, 'm'));
  assert.match(text, /^ {2}b: What reports:\n {4}seldon-usage send --period 24h$/m);
});

const names: [contexts: string[], told: string][] = [
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
  [['a', 'b', 'c', 'd', 'e', 'f'], 'a, b, c, d, e and f'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e and 2 more'],
  [['a\u001b[31m', 'b'], 'a and b'],
];
for (const [contexts, told] of names)
  test(`names: ${JSON.stringify(contexts)}`, () => assert.is(contextNames(contexts), told));

test('of both Seldon Cores one question tells each', () => {
  const hodometer: Core2Plan = {
    ...{
      cluster: planOf('b').cluster,
      namespace: 'mesh',
      era: '2.6 and later' as const,
      to: 'on' as const,
      object: 'x',
      fields: [],
    },
    ...{removed: [], destinations: [], command: '', undo: '', warnings: []},
  };
  assert.is(
    renderPlansQuestion([planOf('a'), hodometer]),
    'Enable usage metrics of the cluster of context a, and start Hodometer of Seldon Core 2, which then reports, in the cluster of context b?',
  );
});
test('one question for all', () => {
  assert.is(renderPlansQuestion([planOf('a')]), 'Enable usage metrics of the cluster of context a?');
  assert.is(
    renderPlansQuestion([planOf('a'), planOf('b')]),
    'Enable usage metrics of the 2 clusters of the contexts a and b?',
  );
});

test.run();
