import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../package.json' with {type: 'json'};
import {jsonError, run} from '../program.ts';

const cases: [args: string[], status: number, stdout: RegExp, stderr: RegExp][] = [
  [['--version'], 0, new RegExp(`^seldon-usage/${manifest.version.replaceAll('.', '\\.')} `), /^$/],
  [['--help'], 0, /USAGE\n/, /^$/],
  [['help'], 0, /COMMANDS\n/, /^$/],
  [[], 0, /COMMANDS\n/, /^$/],
  [['show', '--help'], 0, /--explain/, /^$/],
  [['--help', 'help'], 0, /COMMANDS\n/, /^$/],
  [['--json', '--help'], 0, /COMMANDS\n/, /^$/],
  [['nonsense'], 2, /^$/, /^Error: There is no command nonsense\.\n/],
  [['show', '--nonsense'], 2, /^$/, /^Error: Nonexistent flag: --nonsense\n {2}/],
  [['help', 'show'], 0, /--explain/, /^$/],
  [['-h'], 0, /COMMANDS\n/, /^$/],
  [['show', '-h'], 0, /--explain/, /^$/],
  [['version'], 0, /^seldon-usage\//, /^$/],
  [['version', '--json'], 0, /^{"version":"\d/, /^$/],
  [['help', 'serve', 'backup'], 0, /\$ seldon-usage serve backup FILE/, /^$/],
  [['--state-dir', 'show', 'history'], 0, /^Nothing was sent/, /^$/],
  [['--store', 'sqlite:nowhere', 'serve', 'check'], 4, /^$/, /^Error: There is no store at .*nowhere/],
  [['serve', '--store=sqlite:nowhere', 'check'], 4, /^$/, /^Error: There is no store at .*nowhere/],
  [['--context', 'show'], 2, /^$/, /^Error: There is no command beside --context show\.\n/],
];
for (const [args, status, stdout, stderr] of cases) {
  test(`${args.join(' ') || 'nothing'} ends with ${status}`, () => {
    const ended = run(args);
    assert.is(ended.status, status, ended.stderr);
    assert.match(ended.stdout, stdout);
    assert.match(ended.stderr, stderr);
    assert.not.match(ended.stderr, /\n +at |Warning/);
  });
}
for (const args of [
  ['nonsense', '--json'],
  ['show', '--json', '--nonsense'],
  ['--json', 'nonsense'],
]) {
  test(`${args.join(' ')}: the error is one line of JSON`, () => {
    const ended = run(args);
    assert.is(ended.status, 2);
    assert.is(jsonError(ended).code, 'usage');
  });
}

test('Ctrl-C ends it with 130', async () => {
  const child = spawn(process.execPath, ['bin/run.js', 'show', '-'], {stdio: ['pipe', 'ignore', 'pipe']});
  // Standard input is a pipe that nobody ends: when the first write was taken, the program reads.
  await new Promise((resolve) => child.stdin.write(' '.repeat(2 ** 21), resolve));
  child.kill('SIGINT');
  assert.equal(await once(child, 'close'), [130, null]);
});

test.run();
