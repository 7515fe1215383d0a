import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {accept} from '../../src/collector/accept.ts';
import {encodeReport} from '../../src/report/index.ts';

const good = exampleCluster(1, 1_790_000_000);
const text = JSON.stringify(good);
const accepted = (json: string | Buffer) => accept(Buffer.from(json), 5).accepted;

test('a report is stored encoded anew, with the time of the server', () => {
  const stored = accepted(JSON.stringify(good, null, 2))!;
  assert.is(stored.body, encodeReport(good));
  assert.is(stored.received, 5);
  assert.is(stored.cluster, good.clusterID);
});

test('what is unknown is counted and not stored', () => {
  const judged = accept(
    Buffer.from(
      JSON.stringify({
        ...good,
        nodes: [
          {
            id: 'a',
            capacity: [
              {resource: 'acme.example/secret', value: '1'},
              {resource: 'cpu', value: '2'},
            ],
          },
        ],
        extensions: [
          {name: 'owner', value: 'ACME'},
          {name: 'seldon-core-version', value: '1.17.1'},
        ],
      }),
    ),
    5,
  );
  assert.ok(judged.accepted);
  assert.is(judged.droppedResources, 1);
  assert.is(judged.droppedExtensions, 1);
  assert.not.match(judged.accepted.body, /acme/i);
  assert.match(judged.accepted.body, /1\.17\.1/);
});

test('fields of a newer tool are dropped and counted, wherever they are', () => {
  const newer = {
    ...good,
    gpuDriver: 'secret-a',
    nodes: [{id: 'a', zone: 'secret-b', capacity: [{resource: 'cpu', value: '2', unit: 'secret-c'}]}],
  };
  const judged = accept(Buffer.from(JSON.stringify(newer).replace('{', '{"__proto__":{"x":"secret-d"},')), 5);
  assert.ok(judged.accepted);
  assert.is(judged.droppedFields, 4);
  assert.not.match(judged.accepted.body, /secret|__proto__|gpuDriver|zone|unit/);
  assert.is(accepted(text)!.body, JSON.stringify(good));
});

test('a key that comes twice leaves no trace of the first', () => {
  const twice = text.replace('"clusterID":', '"clusterID":"hidden-secret","clusterID":');
  assert.not.match(accepted(twice)!.body, /hidden/);
});

const refused: [name: string, body: string | Buffer, message: RegExp][] = [
  ['empty', '', /failed to decode record/],
  ['no JSON', '{', /failed to decode record/],
  ['no object', '[]', /must be an object, not a list/],
  ['null', 'null', /must be an object, not null/],
  ['nothing in it', '{}', /version is missing; timestamp is missing; clusterID is missing/],
  ['no UTF-8', Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0x7d])]), /not UTF-8/],
  ['deep', '['.repeat(200_000), /more than 16 levels deep/],
  ['deep and closed', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /more than 16 levels deep/],
  ['a million keys', `{${Array.from({length: 1e6}, (_, i) => `"k${i}":1`).join()}}`, /more than 64 fields/],
  ['keys of many names', `[${Array.from({length: 5000}, (_, i) => `{"k${i}":1}`).join()}]`, /more names/],
  ['a long name', `{"${'k'.repeat(20_000)}":1}`, /name that is longer/],
  ['a long string', `{"a":"${'k'.repeat(100_000)}"}`, /string that is longer/],
  ['many strings', `["a"${',"a"'.repeat(100_000)}]`, /more plain items/],
  ['many items inside', `{"nodes":[{"capacity":[{"a":1}${',{"a":1}'.repeat(5000)}]}]}`, /list that is longer/],
  ['many nodes', `{"nodes":[{"id":1}${',{"id":1}'.repeat(200_000)}]}`, /list that is longer/],
  ['many objects', `[${'[],'.repeat(100_000)}[]]`, /more objects than a report/],
  ['wrong types', text.replace(/"timestamp":"\d+"/, '"timestamp":1e400'), /timestamp must be a string/],
];
for (const [name, body, message] of refused) {
  test(`refused: ${name}`, () => {
    const judged = accept(Buffer.from(body), 5);
    assert.not.ok(judged.accepted);
    assert.match((judged as {message: string}).message, message);
    assert.ok((judged as {message: string}).message.length < 3000);
  });
}

test('a large report passes the screen', () => {
  const many = {...good, nodes: Array.from({length: 20_000}, (_, i) => ({id: String(i)}))};
  assert.ok(accepted(JSON.stringify(many)));
});

test('an ID that is a UUID is stored in one spelling, in the report too', () => {
  const {cluster, body} = accepted(JSON.stringify({...good, clusterID: '846DB7E9C86143D78D0831578AF59878'}))!;
  assert.is(cluster, '846db7e9-c861-43d7-8d08-31578af59878');
  assert.is(JSON.parse(body).clusterID, cluster);
});

test.run();
