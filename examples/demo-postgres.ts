// `npm run demo:postgres`: two collectors on one real PostgreSQL. One is killed in the middle of a flood of reports, and
// nothing that was acknowledged is lost. On this machine alone; leaves nothing behind.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {encodeReport} from '../src/report/index.ts';
import {startPostgres} from '../test/rig/postgres.ts';
import {whyNoPostgres} from '../test/rig/postgres-programs.ts';
import {exampleCluster} from './example-clusters.ts';

const program = join(import.meta.dirname, '../bin/run.js');
const clusters = 200;

const version = ([15, 18] as const).find((one) => whyNoPostgres(`postgres${one}`) === undefined);
if (version === undefined) {
  console.error(`No PostgreSQL can be had here: ${whyNoPostgres('postgres15')}; ${whyNoPostgres('postgres18')}.`);
  process.exit(1);
}

const server = await startPostgres({version});
const store = await server.newDatabase();
console.log(`A PostgreSQL ${version} runs on this machine, with an empty database.`);

async function collector(name: string) {
  const flags = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--store', store];
  console.log(`\n$ seldon-usage serve ${flags.join(' ')}    # collector ${name}`);
  const child = spawn(process.execPath, [program, 'serve', '--json', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const {reports} = JSON.parse(line) as {reports: string};
  return {child, url: new URL('/api/v1', reports), ended: once(child, 'exit')};
}

const [a, b] = [await collector('A'), await collector('B')];
let [acknowledged, again] = [0, 0];

/** Posts a report as a sender does: to the one, and where that fails to the other. */
async function post(cluster: number): Promise<void> {
  const body = encodeReport(exampleCluster(cluster, Math.floor(Date.now() / 1000)));
  for (const {url} of cluster % 2 ? [a, b] : [b, a]) {
    const headers = {'Content-Type': 'application/json'};
    const answer = await fetch(url, {method: 'POST', body, headers}).catch(() => undefined);
    if (answer?.status === 204) {
      acknowledged++;
      return;
    }
    again++;
  }
  throw new Error(`the report of cluster ${cluster} was taken by neither`);
}

console.log(
  `\n${clusters} made-up clusters report, half of them to A and half to B. In the middle of it A is killed (kill -9).`,
);
for (let first = 0; first < clusters; first += 20) {
  if (first === clusters / 2) a.child.kill('SIGKILL');
  await Promise.all(Array.from({length: 20}, (_, i) => post(first + i)));
}
await a.ended;
console.log(`${acknowledged} reports acknowledged; ${again} had to be posted again, to the one that is left.`);

const run = (...args: string[]) =>
  execFileSync(process.execPath, [program, ...args, '--store', store], {encoding: 'utf8'});
const {reports} = JSON.parse(run('serve', 'check', '--json')) as {reports: number};
console.log(`\n$ seldon-usage serve check --store ${store}\n`);
console.log(run('serve', 'check'));
if (reports < acknowledged) throw new Error(`${acknowledged - reports} acknowledged reports are lost`);

console.log('B goes on counting where A was killed:\n');
const active = () => {
  const answer = JSON.parse(run('stats', '--json', '--grain', 'day', '--series', 'active', '--min-cell', '1'));
  return answer.series[0].values[0].data.at(-1) as number | undefined;
};
for (const end = performance.now() + 60_000; active() !== clusters; )
  if (performance.now() > end) throw new Error('the clusters are not counted');
console.log(run('stats', '--grain', 'day', '--series', 'active', '--series', 'kubernetes', '--min-cell', '1'));
console.log('Nothing that was acknowledged is lost. The demo ends here, and all of it with it.');
b.child.kill('SIGTERM');
await b.ended;
await server.stop('fast');
