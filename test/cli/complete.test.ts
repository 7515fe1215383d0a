import {test} from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../oclif.manifest.json' with {type: 'json'};
import {complete, type Names} from '../../src/cli/complete.ts';

type Commands = Parameters<typeof complete>[1];
const commands = Object.values(manifest.commands) as unknown as Commands;
const hostile = [
  '$(touch /tmp/x)',
  '`id`',
  'a b',
  "a'b",
  'a"b',
  'a\nb',
  'a;b',
  'a&b',
  '-x',
  '~root',
  '',
  'a\\b',
  'a*',
  '!!',
];
const names: Names = (kind, {kubeconfig, stateDir}) =>
  kind === 'context'
    ? [...(kubeconfig ? [kubeconfig] : []), 'arn:aws:eks:x:1:cluster/a', 'dev', ...hostile]
    : [`${stateDir ?? kind}-1`, ...(kind === 'waiting' ? ['waiting-2'] : [])];

const lines: [line: string[], offered: string[], files?: true][] = [
  [['sh'], ['show']],
  [['ser'], ['serve']],
  [
    ['serve', 'c'],
    ['check', 'clusters'],
  ],
  [
    ['config', ''],
    ['set', 'unset'],
  ],
  [['config', 'set', ''], ['setting-1']],
  [['config', 'set', 'omit', ''], []],
  [
    ['history', ''],
    ['discard', 'kept-1'],
  ],
  [
    ['history', 'discard', ''],
    ['waiting-1', 'waiting-2'],
  ],
  [['history', 'discard', 'waiting-1', '-y', 'w'], ['waiting-2']],
  [['history', 'discard', '--state-dir', 'there', 't'], ['there-1']],
  [
    ['send', '--pending', ''],
    ['waiting-1', 'waiting-2'],
  ],
  [['completion', 'b'], ['bash']],
  [['--context', 'dev', 'sh'], ['show']],
  [
    ['show', '--context', ''],
    ['arn:aws:eks:x:1:cluster/a', 'dev'],
  ],
  [['show', '--context=d'], ['dev']],
  [
    ['show', '--kubeconfig', 'k8s', '--context', ''],
    ['k8s', 'arn:aws:eks:x:1:cluster/a', 'dev'],
  ],
  [['show', '--kubeconfig=k8s', '--context', 'k'], ['k8s']],
  [['--context', 'a'], ['arn:aws:eks:x:1:cluster/a']],
  [['show', '-n', ''], ['namespace-1']],
  [['enable', '-yn', ''], ['namespace-1']],
  [['show', '--user', '--context', '--cap'], ['--capacity']],
  [['show', '--cluster', ''], ['cluster-1']],
  [['show', '--capacity', 'a'], ['all']],
  [
    ['stats', '--grain', ''],
    ['day', 'week', 'month'],
  ],
  [['show', '--capa'], ['--capacity']],
  [['show', '--capacity', 'all', '--capa'], []],
  [['show', '--tok'], ['--token-file']],
  [['show', ''], [], true],
  [['send', 'x'], [], true],
  [['show', '--kubeconfig', ''], [], true],
  [['enable', '--helm', ''], [], true],
  [['show', '--', ''], [], true],
  [['show', '--release-nothing', ''], [], true],
  [['enable', '--release', ''], ['release-1']],
  [['status', ''], []],
  [['nosuch', ''], []],
  [['nosuch', '--con'], ['--context']],
];
for (const [line, offered, files = false] of lines)
  test(`${line.join(' ')}|`, () => {
    const {candidates, files: isFile} = complete(line, commands, names);
    assert.equal([candidates.map(({value}) => value), isFile], [offered, files]);
  });

test('all commands, and help', () => {
  const first = [...new Set(Object.keys(manifest.commands).map((id) => id.split(':')[0]!))];
  assert.equal(
    complete([''], commands, names).candidates.map(({value}) => value),
    [...first, 'help'],
  );
});

test.run();
