import {Chalk} from 'chalk';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ClusterID} from '../../src/operations/cluster-id.ts';
import type {Collected} from '../../src/operations/collect.ts';
import {nodeTable} from '../../src/render/node-table.ts';
import {originOfID, renderShow, type Shown} from '../../src/render/show.ts';
import type {Report} from '../../src/report/types.ts';
import type {Origin} from '../../src/settings.ts';
import {clusterID, nodeReports, plain, report, shown} from './facts.ts';

const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => line.length));
const extensions = [
  {name: 'example.com/a-name-that-goes-on-for-longer-than-most-names-do', value: 'v'.repeat(300)},
  {name: 'seldon-core-version', value: '1.18.2'},
  {name: 'team', value: 'search and ranking '.repeat(12)},
];
const everything = shown(
  {masterVersion: 'v1.33.2-gke.1240000', nodes: nodeReports(60), extensions},
  {
    notSent: {
      hashedNodes: 60,
      guessableNodes: 2,
      withheld: [{resource: 'accelerators.acme-internal.example/tensor-card', nodes: 3}],
      omitted: ['nodes.osImage', 'nodes.kernelVersion'],
      unknownThen: [],
    },
    warnings: ['The cluster ID could not be kept.'],
  },
);
for (const width of [40, 80, 132, 200]) {
  for (const allNodes of [false, true]) {
    test(`no line is longer than ${width}${allNodes ? ', with --all-nodes' : ''}`, () => {
      const text = renderShow(everything, width, plain, allNodes ? nodeTable : undefined);
      assert.ok(
        widthOf(text) <= width,
        text.split('\n').find((line) => line.length > width),
      );
      for (const part of [clusterID, 'usage.example.com', 'Read, and not sent', 'tensor-card', '--omit', '60 nodes'])
        assert.match(`${text}${text.replace(/\n +/g, '')}`, part);
    });
  }
}

const says: [what: string, report: Partial<Report>, collected: Partial<Collected>, text: string | RegExp][] = [
  ['that nothing is sent', {}, {}, /^Usage report: nothing is sent/],
  ['the destination and its origin', {}, {}, 'Would go to  https://usage.example.com (given by a flag)'],
  ['the cluster', {}, {}, 'Cluster      context production, server https://10.0.0.1:6443, user jane'],
  ['when it was built, by what', {}, {}, 'Built        2025-07-01T12:00:00Z by v0.1.0+seldon-usage'],
  ['a timestamp that is no date', {timestamp: '9'.repeat(20)}, {}, `Built        ${'9'.repeat(20)} by`],
  ['the version of Kubernetes', {masterVersion: 'v1.33.2'}, {}, 'Kubernetes   v1.33.2'],
  ['that there is none', {}, {}, 'Kubernetes   not in the report'],
  ['the version of Seldon Core', {extensions}, {}, 'Seldon Core  1.18.2'],
  ['why there is none', {}, {noSeldonVersion: 'no operator'}, 'Seldon Core  not in the report: no operator'],
  ['extensions', {extensions: [{name: 'a', value: 'b'}]}, {}, /Extensions\n {2}a {2}b\n/],
  ['no nodes', {}, {}, 'Nodes  0 nodes'],
  [
    'that nodes were left out',
    {},
    {notSent: {hashedNodes: 0, guessableNodes: 0, withheld: [], omitted: ['nodes'], unknownThen: []}},
    '0 nodes (left out by --omit)',
  ],
  [
    'fields left out',
    {},
    {notSent: {hashedNodes: 0, guessableNodes: 0, withheld: [], omitted: ['nodes.osImage'], unknownThen: []}},
    'Fields left out by --omit: nodes.osImage.',
  ],
  [
    'what was hashed',
    {},
    {notSent: {hashedNodes: 1, guessableNodes: 0, withheld: [], omitted: [], unknownThen: []}},
    'system UUIDs of 1 node: hashed together into nodes.id.',
  ],
  [
    'whose hash can be guessed',
    {},
    {notSent: {hashedNodes: 1, guessableNodes: 1, withheld: [], omitted: [], unknownThen: []}},
    'Note: 1 node has neither machine ID nor system UUID',
  ],
  [
    'what was withheld',
    {},
    {
      notSent: {
        hashedNodes: 0,
        guessableNodes: 0,
        withheld: [{resource: 'a.example/b', nodes: 2}],
        omitted: [],
        unknownThen: [],
      },
    },
    'a.example/b (2 nodes). --capacity all',
  ],
  ['that nothing was read', {}, {}, /Read, and not sent\n {2}Nothing\./],
  ['warnings', {}, {warnings: ['Mind this.']}, 'Warning: Mind this.'],
];
for (const [what, one, collected, text] of says) {
  test(`says ${what}`, () => assert.match(renderShow(shown(one, collected), 120, plain), text));
}

const destinations: [origin: Origin, text: string][] = [
  ['flag', 'given by a flag'],
  ['variable', 'from the environment'],
  ['file', 'from your settings'],
  ['default', "the default of Seldon's charts"],
];
for (const [origin, text] of destinations) {
  test(`a destination ${text}`, () =>
    assert.match(renderShow({report: report(), destination: {value: 'u', origin}}, 80, plain), `u (${text})`));
}

const origins: [origin: ClusterID['origin'] | undefined, text: string][] = [
  [undefined, ''],
  [{from: 'flag'}, ' (given by a flag)'],
  [{from: 'variable'}, ' (from the environment)'],
  [{from: 'file'}, ' (from your settings)'],
  [{from: 'cluster', namespace: 'seldon-system'}, ' (kept in the cluster: ConfigMap seldon-usage in seldon-system)'],
  [{from: 'local', isNew: true, path: '/p'}, ' (made now, kept in /p)'],
  [{from: 'local', isNew: false, path: '/p'}, ' (kept in /p)'],
  [{from: 'local', isNew: true}, ' (made now, and not kept)'],
];
for (const [origin, text] of origins) {
  test(`an ID${text}`, () => assert.is(originOfID(origin && {value: clusterID, origin}), text));
}

test('an ID that is missing is asked for', () => {
  const {clusterID: _, ...collected} = shown().collected!;
  const text = renderShow({...shown({clusterID: ''}), collected}, 80, plain);
  assert.match(text, 'Cluster ID   missing: give one with --cluster-id');
});
test('a report of a file names the file, and nothing that was read', () => {
  const text = renderShow({report: report(), destination: shown().destination, file: 'r.json'}, 80, plain);
  assert.match(text, 'Report of    r.json');
  assert.not.match(text, 'not sent');
});
test('5,000 nodes fit a screen, and every one of them is counted', () => {
  const text = renderShow(shown({nodes: nodeReports(5000)}), 100, plain);
  assert.ok(text.split('\n').length <= 50, String(text.split('\n').length));
  const groups = [...text.matchAll(/^ *([\d,]+) × /gm), ...text.matchAll(/and ([\d,]+) nodes in/g)];
  assert.is(
    groups.reduce((sum, [, number]) => sum + Number(number!.replace(',', '')), 0),
    5000,
  );
  assert.match(text, '--all-nodes');
});
test('--all-nodes lists every node by its ID', () => {
  const nodes = nodeReports(40);
  for (const width of [60, 160]) {
    const text = renderShow(shown({nodes}), width, plain, nodeTable);
    for (const {id} of nodes) assert.match(text, id);
  }
});
test('a capacity that is not a quantity is shown as it is, cleaned', () => {
  const nodes = [{id: 'i', capacity: [{resource: 'cpu', value: 'ma\u001b[31mny'}]}];
  for (const allNodes of [false, true]) {
    const text = renderShow(shown({nodes}), 120, plain, allNodes ? nodeTable : undefined);
    assert.match(text, 'many');
    assert.not.match(text, /NaN|\u001b/);
  }
});

const hostile = (text: string): Shown => ({
  ...shown(
    {
      version: text,
      timestamp: text,
      clusterID: text,
      masterVersion: text,
      nodes: [
        {
          id: text,
          operatingSystem: text,
          osImage: text,
          kernelVersion: text,
          architecture: text,
          containerRuntimeVersion: text,
          kubeletVersion: text,
          cloudProvider: text,
          capacity: [{resource: text, value: text}],
        },
      ],
      extensions: [
        {name: text, value: text},
        {name: 'seldon-core-version', value: text},
      ],
    },
    {
      clusterID: {value: text, origin: {from: 'local', isNew: true, path: text}},
      cluster: {context: text, server: text, user: text},
      notSent: {
        hashedNodes: 1,
        guessableNodes: 1,
        withheld: [{resource: text, nodes: 1}],
        omitted: [],
        unknownThen: [],
      },
    },
  ),
  destination: {value: text, origin: 'flag'},
  file: text,
});
for (const text of ['\u001b[2Jx', 'a\nb\r', '\u001b]0;t\u0007', '\u202ex', '\u0000', '\u009b31m']) {
  test(`${JSON.stringify(text)} never reaches the terminal`, () => {
    for (const allNodes of [false, true]) {
      const out = renderShow(hostile(text), 80, plain, allNodes ? nodeTable : undefined);
      assert.not.match(out.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  });
}

test('with colours it says the same', () => {
  const text = renderShow(everything, 80, new Chalk({level: 1}));
  assert.match(text, '\u001b[1m');
  assert.is(text.replace(/\u001b\[\d+m/g, ''), renderShow(everything, 80, plain));
});

test.run();
