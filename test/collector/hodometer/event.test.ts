import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {acceptEvent} from '../../../src/collector/hodometer/event.ts';
import {properties} from '../../../src/report/hodometer/properties.ts';
import {eventOf} from './event.ts';

const accept = (event: unknown) => acceptEvent(Buffer.from(JSON.stringify(event)), 5);
const stored = (change: Record<string, unknown>) => {
  const judged = accept(eventOf(1, change));
  if (!judged.accepted) throw new Error(judged.message);
  return judged;
};

test('every property of the levels is stored, and nothing else', () => {
  const {accepted, droppedFields} = stored({});
  assert.equal(
    Object.keys(JSON.parse(accepted.body)),
    properties.map(({name}) => name),
  );
  assert.is(droppedFields, 0);
  assert.equal([accepted.kind, accepted.received, accepted.once], ['hodometer', 5, '1790000000000000000']);
  assert.not.match(accepted.body, /token|distinct_id|insert_id|time|"ip"/);
});

test('what is not on the list is dropped and counted', () => {
  const {accepted, droppedFields} = stored({node_count: 3, secret: 'x', __proto__x: 1});
  assert.is(droppedFields, 3);
  assert.not.match(accepted.body, /secret|node_count|proto/);
});

test('a property that a release leaves out is left out', () => {
  const event = {event: 'collect metrics', properties: {cluster_id: '00000000-0000-4000-8000-000000000001'}};
  const {accepted} = accept(event);
  assert.is(accepted?.body, '{"cluster_id":"00000000-0000-4000-8000-000000000001"}');
  assert.is(accepted?.once, undefined);
});

test('an ID is stored in its one spelling', () => {
  const {accepted} = stored({cluster_id: 'ABCDEF00-0000-4000-8000-000000000001'});
  assert.is(accepted.cluster, 'abcdef00-0000-4000-8000-000000000001');
  assert.match(accepted.body, /"cluster_id":"abcdef00-/);
});

const facts: [change: Record<string, unknown>, facts: Record<string, unknown>][] = [
  [{}, {version: '2.8.5', kubernetes: '1.30', models: 0, clamped: false}],
  [{collector_version: 'v2.10.2'}, {version: '2.10.2'}],
  [{collector_version: 'latest'}, {version: 'latest'}],
  [{collector_version: 'acme-internal'}, {version: 'other'}],
  [{collector_version: ''}, {version: 'unknown'}],
  [{kubernetes_version: ''}, {kubernetes: 'unknown'}],
  [{kubernetes_version: 'v1.31.2+k3s1'}, {kubernetes: '1.31'}],
  [{kubernetes_version: 'v99.1.0'}, {kubernetes: 'other'}],
  [
    {model_count: 7, pipeline_count: 2, experiment_count: 1},
    {models: 7, pipelines: 2, experiments: 1},
  ],
  [
    {server_count: 3, server_replica_count: 5},
    {servers: 3, replicas: 5},
  ],
  [
    {multimodel_enabled_count: 4, overcommit_enabled_count: 2},
    {multimodel: 4, overcommit: 2},
  ],
  [{server_memory_gb_sum: 4.294967296}, {memory: 4096}],
  [{model_count: Number.MAX_SAFE_INTEGER}, {models: 1_000_000, clamped: true}],
  [{server_memory_gb_sum: 1e300}, {memory: 2 ** 33, clamped: true}],
];
for (const [change, expected] of facts) {
  test(`statistics of ${JSON.stringify(change)}`, () => {
    const all = stored(change).accepted.facts;
    assert.equal(Object.fromEntries(Object.keys(expected).map((name) => [name, all[name]])), expected);
  });
}

const refused: [name: string, event: unknown, message: RegExp][] = [
  ['a list', [eventOf(1)], /must be a JSON object/],
  ['null', null, /must be a JSON object/],
  ['another event', {...eventOf(1), event: 'x'}, /must be "collect metrics"/],
  ['no event', {properties: {}}, /must be "collect metrics"/],
  ['no properties', {event: 'collect metrics'}, /properties must be/],
  ['a list of properties', {event: 'collect metrics', properties: []}, /properties must be/],
  ['no cluster', {event: 'collect metrics', properties: {}}, /cluster_id must be a UUID/],
  ['an empty ID', eventOf(1, {cluster_id: ''}), /cluster_id must be a UUID/],
  ['an ID that is a name', eventOf(1, {cluster_id: 'acme-prod'}), /cluster_id must be a UUID/],
  ['a text for a number', eventOf(1, {model_count: '3'}), /model_count must be a whole number/],
  ['a negative number', eventOf(1, {model_count: -1}), /model_count must be a whole number/],
  ['half a model', eventOf(1, {model_count: 0.5}), /model_count must be a whole number/],
  ['a number beyond all', eventOf(1, {model_count: 2 ** 60}), /model_count must be a whole number/],
  ['negative memory', eventOf(1, {server_memory_gb_sum: -0.1}), /server_memory_gb_sum must be a number/],
  ['a number for a text', eventOf(1, {collector_version: 2}), /collector_version must be a text/],
  ['a long text', eventOf(1, {kubernetes_version: 'v'.repeat(257)}), /at most/],
  ['a control character', eventOf(1, {collector_version: '\u001b[2J'}), /printable ASCII/],
  ['an object for a text', eventOf(1, {collector_version: {}}), /must be a text/],
  ['a number for $insert_id', eventOf(1, {$insert_id: 1}), /insert_id must be/],
  ['a long $insert_id', eventOf(1, {$insert_id: '1'.repeat(65)}), /insert_id must be/],
];
for (const [name, event, message] of refused) {
  test(`refused: ${name}`, () => {
    const judged = accept(event);
    assert.is(judged.accepted, undefined);
    assert.is(!judged.accepted && judged.reason, 'not-an-event');
    assert.match(judged.accepted ? '' : judged.message, message);
  });
}

const noJson: [name: string, body: Buffer][] = [
  ['nothing', Buffer.alloc(0)],
  ['half of it', Buffer.from('{"event"')],
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
  ['an infinite number', Buffer.from(JSON.stringify(eventOf(1)).replace('"model_count":0', '"model_count":1e999'))],
  ['too deep', Buffer.from('['.repeat(20_000))],
];
for (const [name, body] of noJson) {
  test(`refused: ${name}`, () => assert.is(acceptEvent(body, 5).accepted, undefined));
}

test('of a key that comes twice the one that is checked is stored', () => {
  const twice = JSON.stringify(eventOf(1)).replace('"model_count":0', '"model_count":"x","model_count":3');
  const {accepted} = acceptEvent(Buffer.from(twice), 5);
  assert.is(JSON.parse(accepted!.body).model_count, 3);
});

test.run();
