import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clustersJson, renderClusters} from '../../src/render/clusters.ts';

const full = {
  clusterID: '846db7e9-c861-43d7-8d08-31578af59878',
  firstSeen: '2026-11-01',
  lastSeen: '2026-11-22',
  nodes: 1234,
  kubernetes: '1.33',
  seldon: '1.18.2',
};
const bare = {clusterID: 'x\u001b[31m', firstSeen: '2025-01-01', lastSeen: '2025-01-01'};
async function* each<T>(all: readonly T[]): AsyncIterable<T> {
  yield* all;
}
async function joined(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}
const text = (width: number, all = [full, bare]) => joined(renderClusters(each(all), width));

test('a table', async () =>
  assert.is(
    await text(120),
    [
      'ID                                    First seen  Last seen    Nodes  Kubernetes  Seldon Core',
      '846db7e9-c861-43d7-8d08-31578af59878  2026-11-01  2026-11-22   1,234  1.33        1.18.2',
      'x                                     2025-01-01  2025-01-01       –  –           –',
      '',
    ].join('\n'),
  ));
test('a paragraph each where there is no room, and no line is longer', async () => {
  const lines = (await text(60)).split('\n');
  assert.equal(lines.slice(0, 3), [
    full.clusterID,
    '  seen from 2026-11-01 to 2026-11-22, 1,234 nodes,',
    '  Kubernetes 1.33, Seldon Core 1.18.2',
  ]);
});
test('none', async () => assert.is(await text(60, []), 'It knows no cluster yet.\n'));
for (const all of [[], [full], [full, bare]]) {
  test(`JSON of ${all.length}`, async () =>
    assert.equal(JSON.parse(await joined(clustersJson('/s.db', each(all)))), {
      store: '/s.db',
      clusters: JSON.parse(JSON.stringify(all)),
    }));
}

test.run();
