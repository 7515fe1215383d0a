// `npm run demo`: the whole story on this machine alone. A collector with an embedded database, the report of the
// example cluster shown and sent, a few dozen made-up clusters, and what they all add up to. On a terminal the dashboard
// stays until a key is pressed. Leaves nothing behind.
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {startDemoCollector} from './collector.ts';

const root = join(import.meta.dirname, '..');
const clusters = 40;
const state = mkdtempSync(join(tmpdir(), 'seldon-usage-demo-state-'));

/** Runs the program as a user would, and shows the call. */
function run(...args: string[]): void {
  console.log(`\n$ seldon-usage ${args.join(' ')}\n`);
  execFileSync(process.execPath, [join(root, 'bin/run.js'), ...args], {stdio: 'inherit', cwd: root});
}

/** Resolves at the first key, Ctrl-C included, or when the terminal is gone. */
async function anyKey(): Promise<void> {
  process.stdin.setRawMode(true);
  await Promise.race([once(process.stdin, 'data'), once(process.stdin, 'end'), once(process, 'SIGHUP')]);
  process.stdin.setRawMode(false);
  process.stdin.pause();
}

const collector = await startDemoCollector();
try {
  console.log('A collector runs on this machine. First: what would leave the example cluster?');
  const nodes = relative(root, join(import.meta.dirname, 'nodes.json'));
  const cluster = ['--nodes', nodes, '--cluster-id', '846db7e9-c861-43d7-8d08-31578af59878'];
  const report = [...cluster, '--server-version', 'v1.33.2', '--seldon-version', '1.18.2', '--url', collector.url];
  run('show', ...report);
  console.log('\nThen it is sent. On a terminal send asks first; here --yes stands for the answer.');
  run('send', ...report, '--yes', '--state-dir', state);
  run('history', '--state-dir', state);
  console.log(`\n${clusters - 1} made-up clusters report too. What the collector knows then:\n`);
  await collector.sendExamples(clusters - 1);
  console.log('(With --min-cell 1, to see it all: a collector hides what fewer than 10 clusters tell.)\n');
  await collector.printStatistics(clusters);
  if (process.stdin.isTTY && process.stdout.isTTY) {
    console.log(`\nThe dashboard is at ${collector.dashboard}: open it in a browser. Any key ends the demo.`);
    await anyKey();
  }
  console.log(`
The demo ends here, and its collector with it. To keep one:

  bin/run.js serve

On a cluster of your own, by the context of kubectl (nothing is sent or changed):

  bin/run.js show
  bin/run.js show --explain
`);
} finally {
  await collector.stop();
  rmSync(state, {recursive: true, force: true});
}
