import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Hodometer, RuntimeOverride, SeldonCore2} from '../../src/cluster/core2.ts';
import {coreTwoRows} from '../../src/render/core2.ts';

const one = (more: Partial<Hodometer> = {}): Hodometer => ({
  namespace: 'mesh',
  name: 'hodometer',
  era: 'since 2.6',
  replicas: 1,
  running: 1,
  since: '2026-01-02T03:04:05Z',
  level: 'feature',
  destinations: ['http://hodometer.seldon.io'],
  ...more,
});
const runtime = (more: Partial<RuntimeOverride> = {}): RuntimeOverride => ({
  namespace: 'mesh',
  name: 'seldon',
  ...more,
});
const old = {name: 'seldon-hodometer', era: 'up to 2.5'} as const;
const told = (found: Partial<SeldonCore2>) =>
  coreTwoRows({hodometers: [], runtimes: [], unreadable: [], ...found})
    .map((row) => row.join(' '))
    .join('\n');

const cases: [what: string, found: Partial<SeldonCore2>, says: RegExp][] = [
  [
    'one that runs',
    {hodometers: [one()]},
    /on in mesh since 2026-01-02: it reports every 8 hours at the level feature to http:\/\/hodometer\.seldon\.io\. Its cluster ID is new with each pod/,
  ],
  ['one with an ID', {hodometers: [one({clusterID: 'x'})]}, /hodometer\.seldon\.io\.\n/],
  ['one without a pod', {hodometers: [one({running: 0})]}, /^Hodometer on in mesh .*No pod of it runs at the moment/],
  [
    'one of 2.5',
    {hodometers: [one({...old, release: 'a/setup'})]},
    /To stop it hodometer\.enabled: false in the values of seldon-core-v2-setup, by an upgrade of the release a\/setup/,
  ],
  [
    'one of a release',
    {hodometers: [one({release: 'a/runtime'})], runtimes: [runtime()]},
    /hodometer\.replicas: 0, with hodometer\.disable: false, in the values of seldon-core-v2-runtime, by .*a\/runtime/,
  ],
  ['one of a runtime', {hodometers: [one()], runtimes: [runtime()]}, /kubectl -n mesh edit seldonruntime seldon/],
  ['one of nobody', {hodometers: [one()]}, /kubectl -n mesh delete deployment hodometer/],
  [
    'one that is disabled and runs',
    {hodometers: [one()], runtimes: [runtime({disable: true})]},
    /on in mesh since.*disable: true, which removes no Deployment that is there/,
  ],
  [
    'one without replicas',
    {hodometers: [one({replicas: 0, running: 0})], runtimes: [runtime({replicas: 0})]},
    /^Hodometer off in mesh: its Deployment hodometer has no replicas$/,
  ],
  ['one that ends', {hodometers: [one({replicas: 0})]}, /has no replicas; its last pod is ending/],
  [
    'none, disabled',
    {runtimes: [runtime({disable: true})]},
    /off in mesh: there is no Deployment of it, and the SeldonRuntime seldon disables it/,
  ],
  ['none, without replicas', {runtimes: [runtime({replicas: 0})]}, /off in mesh: .*wants no replicas/],
  ['none yet', {runtimes: [runtime()]}, /does not switch it off: its operator makes one/],
  ['nothing', {}, /^Hodometer off: neither/],
  [
    'no rights',
    {unreadable: ['Deployments']},
    /^Hodometer could not be looked for everywhere, for want of rights on Deployments; it is on by default$/,
  ],
];
for (const [what, found, says] of cases) test(`${what} is told`, () => assert.match(told(found), says));

test('no case advises the switch that stops nothing', () => {
  for (const [, found] of cases) assert.not.match(told(found), /disable: true in the values|disable=true/);
});

test.run();
