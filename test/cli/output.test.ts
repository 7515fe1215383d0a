// What can't be written is told, with its exit code, by every command; a shell makes the outputs.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {folder, run} from '../program.ts';
import {freePort} from '../rig/ports.ts';
import {startScripted} from '../rig/scripted.ts';

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
  const collect = `collect --nodes many.json --cluster-id 846db7e9-c861-43d7-8d08-31578af59878`;
  assert.equal(sh(collect, '| head -c 1 >/dev/null'), {status: 141, stderr: ''});
  assert.equal(sh(`${collect} --pretty`, '| head -n 1 >/dev/null'), {status: 141, stderr: ''});
});

// Whoever it is that reads, they are gone before anything is written.
const gone = '| true';
const read = [
  ...calls.filter((call) => !call.startsWith('serve')),
  ...[
    'completion bash',
    'config',
    'manifests send --image i.example/x:1 --url https://c.example',
    'status --help',
    '--version --json',
    '__complete show --',
  ],
];
for (const call of read)
  test(`${call} ${gone}`, () => {
    const {status, stderr} = sh(call, gone);
    assert.is(stderr, '');
    assert.is(status, call.startsWith('__') ? 0 : 141);
  });

test('an error is told and counts, whoever reads the output', () => {
  const {status, stderr} = sh('show no-such-file', gone);
  assert.match(stderr, /^Error: .*no-such-file/);
  assert.is(status, 4);
});

test('a report is sent and written down, and one that is not delivered is told, though nobody reads the output', async () => {
  for (const [answer, expected, says] of [
    [204, 141, /^(?!.*Error)/s],
    [400, 5, /^Error: /m],
  ] as const) {
    const home = mkdtempSync(join(folder, 'home-'));
    const receiver = await startScripted({routes: {'*': {status: answer}}, tls: false});
    try {
      const line = `set -o pipefail; "$0" "$1" send ${examples}/report.json --yes --allow-http --url ${receiver.url} ${gone}`;
      const child = spawn('bash', ['-c', line, process.execPath, program], {
        cwd: home,
        env: {PATH: process.env.PATH, HOME: home},
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
      assert.is(receiver.requests.length, 1);
      assert.match(stderr, says);
      assert.is(status, expected);
      const {entries} = JSON.parse(run(['history', '--json'], {env: {HOME: home}}).stdout);
      assert.is(entries.at(-1).state, answer === 204 ? 'delivered' : 'refused');
    } finally {
      await receiver.close();
    }
  }
});

test('a collector goes on without a reader, and one that is watched ends well', async () => {
  const port = await freePort();
  const start = (more: string) => {
    const line = `"$0" "$1" serve --listen 127.0.0.1:${port} --admin-listen 127.0.0.1:0 --store sqlite:watched.db ${more} ${gone}`;
    return spawn('bash', ['-c', `set -o pipefail; ${line}`, process.execPath, program], {
      cwd: folder,
      detached: true,
      env: {PATH: process.env.PATH, HOME: folder},
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  const ended = async (child: ReturnType<typeof start>) => {
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    assert.not.match(stderr, /Error/);
    return status as number | null;
  };
  assert.is(await ended(start('--watch')), 141);
  const unread = start('');
  const end = ended(unread);
  const health = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({status}) => status,
      () => 0,
    );
  while ((await health()) !== 200) await sleep(50);
  await sleep(500);
  assert.is(await health(), 200);
  process.kill(-unread.pid!, 'SIGTERM');
  await end;
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
