import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hodometerOf, settingsOf, shownAddress} from '../../../src/cluster/core2/hodometer.ts';
import {podOf, podsTogether} from '../../../src/cluster/core2/pods.ts';
import {runtimeOf} from '../../../src/cluster/core2/runtime.ts';
import {verdictOf} from '../../../src/cluster/core2/verdict.ts';

// biome-ignore lint/suspicious/noExplicitAny: what the API answers can be of any shape
const deployment = (env: any, container: object = {}): any => ({
  spec: {
    template: {
      spec: {
        containers: [
          {name: 'proxy', image: 'x:9.9.9'},
          {name: 'hodometer', env, ...container},
        ],
      },
    },
  },
});
const variable = (name: string, value: string) => ({name, value});
const builtIn = 'http://hodometer-test.seldon.io';

for (const [what, env, expected] of [
  ['none', undefined, {destinations: [builtIn]}],
  ['no list', {}, {destinations: [builtIn]}],
  ['a level in any case', [variable('METRICS_LEVEL', 'Feature')], {level: 'feature', destinations: [builtIn]}],
  ['a level that it exits with', [variable('METRICS_LEVEL', 'all')], {level: 'invalid', destinations: [builtIn]}],
  [
    'the last of two',
    [variable('METRICS_LEVEL', 'feature'), variable('METRICS_LEVEL', 'cluster')],
    {level: 'cluster', destinations: [builtIn]},
  ],
  [
    'an ID',
    [variable('CLUSTER_ID', '846DB7E9-c861-43d7-8d08-31578af59878')],
    {destinations: [builtIn], clusterID: '846db7e9-c861-43d7-8d08-31578af59878'},
  ],
  ['an ID that is none', [variable('CLUSTER_ID', 'ours')], {destinations: [builtIn]}],
  [
    'several destinations',
    [variable('PUBLISH_URL', 'http://a.example'), variable('EXTRA_PUBLISH_URLS', ' https://u:p@b.example/x?k=v,, ')],
    {destinations: ['http://a.example', 'https://b.example/x']},
  ],
  ['values from elsewhere', [{name: 'PUBLISH_URL', valueFrom: {}}], {destinations: [], indirect: ['PUBLISH_URL']}],
  ['what is no variable', [null, 3, {name: 4}], {destinations: [builtIn]}],
] as const)
  test(`variables of Hodometer: ${what}`, () => {
    assert.equal(settingsOf(deployment(env)), {more: 0, indirect: [], ...expected});
  });

test('more destinations than are shown are counted', () => {
  const many = Array.from({length: 30}, (_, i) => `http://${i}.example`).join();
  const {destinations, more} = settingsOf(deployment([variable('EXTRA_PUBLISH_URLS', many)]));
  assert.equal([destinations.length, more], [20, 11]);
});

for (const [image, version] of [
  ['docker.io/seldonio/seldon-hodometer:2.9.1', '2.9.1'],
  ['localhost:5000/hodometer:2.5.0@sha256:aa', '2.5.0'],
  ['seldonio/seldon-hodometer:our-secret-project', undefined],
  ['localhost:5000/hodometer', undefined],
] as const)
  test(`the version that ${image} tells`, () => {
    assert.is(settingsOf(deployment([], {image})).version, version);
  });

for (const [address, shown] of [
  ['http://hodometer.seldon.io', 'http://hodometer.seldon.io'],
  ['https://user:pa@ss@host.example:8443/a/b?key=1#x', 'https://host.example:8443/a/b'],
  ['http://host.example?key=1', 'http://host.example'],
  ['http://h.example/\u001b[31mred', 'http://h.example/red'],
  ['http://user:pw\\@host/x', 'something that is not an address'],
  ['user:pw@host', 'something that is not an address'],
  ['', 'something that is not an address'],
] as const)
  test(`an address is shown without credentials and query: ${JSON.stringify(address)}`, () => {
    assert.is(shownAddress(address), shown);
  });

for (const item of [null, 1, {}, {metadata: {name: 'hodometer'}}, {metadata: {name: 'other', namespace: 'a'}}])
  test(`no Deployment of Hodometer: ${JSON.stringify(item)}`, () => {
    assert.is(hodometerOf(item), undefined);
  });

const byEnv = {containers: [{env: [{name: 'METRICS_LEVEL'}, {name: 'SCHEDULER_HOST'}]}]};
const owned = (name: string) => ({
  metadata: {ownerReferences: [{kind: 'ReplicaSet', name}]},
  status: {phase: 'Running'},
});
for (const [what, pod, expected] of [
  ['of its ReplicaSet', owned('hodometer-5d9c'), {running: true}],
  ['of the older ReplicaSet', owned('seldon-hodometer-5d9c'), {running: true}],
  ['of another', owned('hodometer-proxy-5d9c'), undefined],
  ['by its variables', {spec: byEnv, status: {phase: 'Running', startTime: 't'}}, {running: true, since: 't'}],
  ['by its image', {spec: {containers: [{image: 'r.example/seldon-hodometer:2'}]}}, {running: false}],
  ['by the image of another', {spec: {containers: [{image: 'r.example/my-seldon-hodometer:2'}]}}, undefined],
  ['that has ended', {spec: byEnv, status: {phase: 'Succeeded'}}, undefined],
  ['that is nothing', null, undefined],
  ['of odd parts', {metadata: {ownerReferences: [null, 1]}, spec: {containers: [null, {env: [null, 1]}]}}, undefined],
] as const)
  test(`a pod ${what}`, () => assert.equal(podOf(pod), expected));

test('pods are counted, the oldest that runs is told', () => {
  const pods = [
    {running: true, since: 'b'},
    {running: true, since: 'a'},
    {running: false, since: '0'},
  ];
  assert.equal(podsTogether(pods), {running: 2, starting: 1, since: 'a'});
});

const runtime = (overrides: unknown) => runtimeOf({metadata: {name: 'seldon', namespace: 'a'}, spec: {overrides}})!;
for (const [overrides, expected] of [
  [undefined, {hasOverrides: false, disable: false}],
  [{}, {hasOverrides: false, disable: false}],
  [[null, 1, {name: 'hodometer', disable: 'true', replicas: -1}], {index: 2, hasOverrides: true, disable: false}],
  [
    [{name: 'x'}, {name: 'hodometer', disable: true, replicas: 0}],
    {index: 1, hasOverrides: true, disable: true, replicas: 0},
  ],
] as const)
  test(`overrides ${JSON.stringify(overrides)}`, () => {
    const {name: _, namespace: _namespace, metadata: _metadata, ...rest} = runtime(overrides);
    assert.equal(rest, expected);
  });

const wants = (replicas: number, name: 'hodometer' | 'seldon-hodometer' = 'hodometer') => ({
  ...{namespace: 'a', name, era: '2.6 and later' as const, replicas},
  ...{destinations: [], more: 0, indirect: []},
});
const none = {running: 0, starting: 0};
const off = runtime([{name: 'hodometer', disable: true}]);
const scaled = runtime([{name: 'hodometer', replicas: 0}]);
const on = runtime([]);
for (const [what, deployments, runtimes, pods, state, disabledInVain, comesBack, offInVain = false] of [
  ['a pod runs', [wants(1)], [on], {running: 1, starting: 0}, 'reports', false, false],
  ['disabled, and runs', [wants(1)], [off], {running: 1, starting: 0}, 'reports', true, false],
  ['disabled, and would run', [wants(1)], [off], none, 'starts', true, false],
  ['disabled and deleted', [], [off], none, 'stopped', false, false],
  ['no replicas, and runs', [wants(1)], [scaled], {running: 1, starting: 0}, 'reports', false, false, true],
  ['no replicas, and ends', [wants(0)], [scaled], {running: 0, starting: 1}, 'starts', false, false, true],
  ['no replicas', [wants(0)], [scaled], none, 'stopped', false, false],
  ['scaled by hand alone', [wants(0)], [on], none, 'stopped', false, true],
  ['deleted by hand alone', [], [on], none, 'stopped', false, true],
  ['a pod without its Deployment', [], [off], {running: 1, starting: 0}, 'reports', true, false],
  ['pods that can not be read', [wants(0)], [scaled], 'unreadable', 'unknown', false, false],
  ['pods that can not be read, but are wanted', [wants(1)], [on], 'unreadable', 'starts', false, false],
  [
    'the older one, which a runtime has no power over',
    [wants(1, 'seldon-hodometer')],
    [off],
    none,
    'starts',
    false,
    false,
  ],
] as const)
  test(`whether it reports: ${what}`, () => {
    const place = {namespace: 'a', deployments, runtimes, pods};
    assert.equal(verdictOf(place), {state, disabledInVain, offInVain, comesBack});
  });

test.run();
