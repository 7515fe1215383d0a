// What can't be written is told, with its exit code, by every command; a shell makes the outputs.
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {folder, run} from '../program.ts';

const program = join(import.meta.dirname, '../../bin/run.js');
const examples = join(import.meta.dirname, '../../examples');

/** Runs the program with a redirection of the shell; the exit code is the program's own. */
function sh(args: string, redirection: string, before = ''): {status: number | null; stderr: string} {
  const line = `"${process.execPath}" "${program}" ${args} ${redirection}`;
  const {status, stderr} = spawnSync('bash', ['-c', `set -o pipefail; ${before} ${line}`], {
    cwd: folder,
    env: {PATH: process.env.PATH, HOME: folder},
    encoding: 'utf8',
    timeout: 60_000,
  });
  return {status, stderr};
}

// Whoever starts a server with a new store is told so before.
const sentence =
  /^(?:\S+ There was no store: .*\n)?Error: The output can't be written: the disk is full\.\n {2}\S.*\n$/;
const listen = '--listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 --store sqlite:full.db';
const calls = [
  '--version',
  'version',
  '--help',
  'help show',
  `show ${examples}/report.json`,
  `show ${examples}/report.json --explain`,
  `collect --nodes ${examples}/nodes.json --cluster-id 846db7e9-c861-43d7-8d08-31578af59878`,
  `send ${examples}/report.json --dry-run --url https://usage.example.com`,
  'send --pending --yes',
  'history',
  `serve ${listen}`,
  'serve backup copy.db --store sqlite:full.db',
  'serve check --store sqlite:full.db',
  'serve restore copy.db --yes --store sqlite:full.db',
  'serve forget x --yes --store sqlite:full.db',
];
if (existsSync('/dev/full')) {
  for (const call of calls) {
    test(`${call} > /dev/full`, () => {
      const {status, stderr} = sh(call, '>/dev/full');
      assert.match(stderr, sentence);
      assert.is(status, 4);
    });
  }
  test('--json: the sentence is a line of JSON', () => {
    for (const call of ['history --json', 'version --json', `show ${examples}/report.json --json`]) {
      const {status, stderr} = sh(call, '>/dev/full');
      assert.is(JSON.parse(stderr).error.code, 'input');
      assert.is(status, 4);
    }
  });
  test('a full standard error keeps nobody from the result and its exit code', () => {
    assert.is(sh('nonsense', '2>/dev/full').status, 2);
    assert.is(sh('history', '2>/dev/full').status, 0);
  });
}

test('a reader that closed the pipe', () => {
  const {items, ...list} = JSON.parse(readFileSync(`${examples}/nodes.json`, 'utf8'));
  const named = (node: {metadata: object}, i: number) => ({...node, metadata: {...node.metadata, name: `node-${i}`}});
  const many = Array.from({length: 400}, (_, i) => named(items[0], i));
  writeFileSync(join(folder, 'many.json'), JSON.stringify({...list, items: many}));
  // The report is larger than a pipe holds, so that it can't all be written before the reader is gone.
  const {status, stderr} = sh(
    `collect --nodes many.json --cluster-id 846db7e9-c861-43d7-8d08-31578af59878`,
    '| head -c 1 >/dev/null',
  );
  assert.match(
    stderr,
    /^Error: The output can't be written: whoever was to read it has closed the pipe\.\n {2}\S.*\n$/,
  );
  assert.is(status, 4);
});

test('what is written in part is not taken for whole', () => {
  // The limit stands for a disk: Linux writes up to it, and refuses only the rest.
  const {status, stderr} = sh(
    `collect --nodes many.json --cluster-id 846db7e9-c861-43d7-8d08-31578af59878`,
    '>part.json',
    'trap "" XFSZ; ulimit -f 4;',
  );
  assert.match(stderr, /^Error: The output can't be written: the file may not grow any more\.\n/);
  assert.is(status, 4);
});

test('nothing is printed where standard output is closed, and nothing breaks', () => {
  assert.not.match(sh('history', '>&-').stderr, /\n +at /);
  assert.not.match(sh('nonsense', '2>&-').stderr, /\n +at /);
});

test('what fits is whole', () => assert.is(run(['history']).status, 0));

test.run();
