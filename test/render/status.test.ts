import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {HistoryEntry} from '../../src/operations/history.ts';
import type {Status} from '../../src/operations/status.ts';
import {colours} from '../../src/render/colours.ts';
import {renderStatus} from '../../src/render/status.ts';

const edit = [
  'spec:',
  '  source:',
  '    helm:',
  '      valuesObject:',
  '        usageMetrics:',
  '          enabled: false',
];
const entry: HistoryEntry = {
  id: 'a',
  time: '2026-01-02T03:04:05.000Z',
  destination: 'https://c.example',
  clusterID: 'other',
  bytes: 3,
  sha256: '',
  consent: '--yes',
  state: 'waiting',
};
const status: Status = {
  cluster: {context: 'c', server: 'https://ABCDEF0123456789ABCDEF0123456789.eu-west-1.eks.example.com', user: 'u'},
  releases: [],
  operators: [
    {
      ...{namespace: 'seldon-system', name: 'seldon-controller-manager', installedBy: 'Argo CD'},
      owner: {kind: 'Argo CD', evidence: 'an annotation', edit: ['In Git, in the Application seldon:', ...edit]},
    },
  ],
  unreadable: [],
  determined: true,
  own: {
    word: {undetermined: [], places: [], unreadable: [], present: [], uids: {}},
    clusterID: {value: '846db7e9-c861-43d7-8d08-31578af59878', origin: {from: 'flag'}},
    destination: {name: 'https://c.example/api/v1', origin: 'flag'},
    waiting: [entry, {...entry, clusterID: '846db7e9-c861-43d7-8d08-31578af59878'}],
  },
};
const lines = renderStatus(status, 60, colours({})).split('\n');

test('an edit to make is there line by line, as it is to be written', () => {
  const first = lines.indexOf('    spec:');
  assert.equal(
    lines.slice(first, first + edit.length),
    edit.map((line) => `    ${line}`),
  );
});
test('no line is longer than 60, and the server is not broken even where no line can hold it', () => {
  for (const line of lines) assert.ok(line.length <= 60 || !line.trim().includes(' '), line);
  assert.ok(lines.some((line) => line.trim() === status.cluster.server));
});
test('what waits is told, with how many are of another ID', () =>
  assert.match(
    lines.join(' ').replace(/\s+/g, ' '),
    /Waiting 2 reports \(1 with another cluster ID\) since 2026-01-02T03:04:05Z/,
  ));

test.run();
