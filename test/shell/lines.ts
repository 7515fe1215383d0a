// What the lines of help and of the guides need to be run on the stage; said here, and nowhere else.
import {copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {Home, Stage} from './stage.ts';

/** Lines that can't be run on the stage, and why. */
const elsewhere: readonly [line: RegExp, why: string][] = [
  [/postgres(ql)?:/, 'there is no PostgreSQL on the stage; the tests of its engine run it'],
  [/^(createdb|pg_dump|pg_restore) /, 'PostgreSQL’s own programs, for its database'],
  [/--level |--hodometer/, 'there is no Core 2 on the stage; the tests of its switch run it'],
  [
    /serve --also '?(?:clickhouse|bigquery):|\| vector\b/,
    'there is no ClickHouse, no BigQuery, and no such program; the tests of the sinks run them',
  ],
  [
    /serve --store https:/,
    'it passes on, and the stage’s collector is not trusted there; test/e2e/collector-relay runs it',
  ],
  [
    /^kubectl (exec|port-forward|logs|rollout|scale|create job) /,
    'no kubelet and no controllers are on the stage; test/e2e/manifests.test.ts runs in pods what they ask for',
  ],
  [/^npm /, 'the whole house; the workflow of CI and test/e2e/demo.test.ts run it'],
];

/** Why a line is not run; undefined: it is. */
export function whyNotRun(line: string): string | undefined {
  return elsewhere.find(([pattern]) => pattern.test(line))?.[1];
}

/** The cluster of examples/report.json. */
const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';

/** What is of the user's machine, as it is called on the stage. */
function translated(line: string, home: Home, dashboard: string): string {
  return line
    .replaceAll('/var/lib/seldon-usage', join(home.folder, 'lib'))
    .replaceAll('CLUSTER-ID', clusterID)
    .replace('--listen :8443', '--listen 127.0.0.1:0')
    .replace(/seldon-usage stats(?! --store)/, `seldon-usage stats --url ${dashboard}`);
}

/** Lines of the program that stay, and what they write once they work. */
const staying: readonly [line: RegExp, begun: RegExp][] = [
  [/^seldon-usage serve( --|$)/, /Dashboard: /],
  [/^seldon-usage send .*--period/, /delivered/],
];

/** Lines that ask a person. */
const asking = /^seldon-usage (toggle$|enable$|disable$|send (?!.*--yes)|serve forget|serve restore|history discard)/;

/** What a line finds, and what it must not leave behind for others. */
interface Scene {
  before?(home: Home, stage: Stage): Promise<unknown>;
  after?(stage: Stage): Promise<unknown>;
}

const does = (line: string) => async (home: Home) => assert.is((await home.run(line)).status, 0, line);
const sends =
  'seldon-usage manifests send --image registry.example.com/seldon-usage:0.1.0 --url https://usage.example.com';
const noMap = (stage: Stage) =>
  stage.kubectl('delete', 'configmap', 'seldon-usage', '-n', 'seldon-system', '--ignore-not-found');

/** What the release is known to have. */
let isOn: boolean | undefined;

const turned = (to: boolean) => async (home: Home) => {
  if (isOn !== to) await does(`seldon-usage ${to ? 'enable' : 'disable'} --yes`)(home);
  isOn = to;
};

/** Lines in an order in which the release is as one finds it by what the one before it did: each change takes seconds. */
export function inOrder(lines: readonly string[]): string[] {
  const of = (verb: string, isDry: boolean) =>
    lines.filter((line) => line.startsWith(`seldon-usage ${verb}`) && line.includes('--dry-run') === isDry);
  const [enabling, disabling] = [of('enable', false), of('disable', false)];
  const pairs = Array.from({length: Math.max(enabling.length, disabling.length)}, (_, i) => [
    ...enabling.slice(i, i + 1),
    ...(i === 0 ? of('disable', true) : []),
    ...disabling.slice(i, i + 1),
  ]);
  return [...new Set([...of('enable', true), ...pairs.flat(), ...lines])];
}

const scenes: readonly [line: RegExp, scene: Scene][] = [
  [/^seldon-usage disable/, {before: turned(true)}],
  [/^seldon-usage enable/, {before: turned(false)}],
  [/create configmap seldon-usage/, {before: (_, stage) => noMap(stage), after: noMap}],
  [
    /patch configmap seldon-usage/,
    {
      async before(_, stage) {
        await noMap(stage);
        await stage.kubectl('create', 'configmap', 'seldon-usage', '-n', 'seldon-system');
      },
      after: noMap,
    },
  ],
  [/history discard/, {before: waiting}],
  [
    /create secret .*-n seldon-usage/,
    {
      async before(home) {
        writeFileSync(join(home.folder, 'password'), 'a password');
        await inCluster(home);
      },
    },
  ],
  [/kubectl delete -f -/, {before: does(`${sends} | kubectl apply -f -`)}],
  [/--patch-file hold\.yaml/, {before: inCluster}],
];

/** A collector is there, as `manifests serve` makes it, and the patch of the guide lies beside. */
async function inCluster(home: Home): Promise<void> {
  await does('seldon-usage manifests serve --image registry.example.com/seldon-usage:0.1.0 | kubectl apply -f -')(home);
  const guide = readFileSync(join(import.meta.dirname, '../../docs/in-the-cluster.md'), 'utf8');
  writeFileSync(join(home.folder, 'hold.yaml'), /^```yaml\n(spec:[\s\S]*?)^```$/m.exec(guide)?.[1] ?? '');
}

/** A report waits under the ID that the line names. */
async function waiting(home: Home): Promise<void> {
  const sent = await home.run('seldon-usage send report.json --url http://127.0.0.1:1 --yes --timeout 1s');
  assert.is(sent.status, 5, sent.output);
  const id = '20261122T101500Z-3fa9c1';
  const state = join(home.folder, '.local/state/seldon-usage');
  for (const name of ['waiting', 'outbox']) {
    const [file = ''] = readdirSync(join(state, name));
    const text = readFileSync(join(state, name, file), 'utf8');
    writeFileSync(join(state, name, file), name === 'waiting' ? JSON.stringify({...JSON.parse(text), id}) : text);
    renameSync(join(state, name, file), join(state, name, file.replace(/^[^.]+/, id)));
  }
}

/** The store of a collector with a report, where it is if nothing else is said. */
const store = '.local/share/seldon-usage';
/** And what comes of it: a backup, and an export in two forms. */
const copies = ['reports-2026-11-22.db', 'reports.ndjson', 'reports.ndjson.zst'];
/** Where they were made, once for all lines. */
let made: Promise<Home> | undefined;

async function makeStore(stage: Stage): Promise<Home> {
  const home = stage.home();
  const running = await home.start('seldon-usage serve', /Store: /);
  const [, reports] = /Reports: +(\S+)\n/.exec(running.output) ?? [];
  for (const line of [
    `seldon-usage send report.json --url ${reports} --yes`,
    'seldon-usage serve backup reports-2026-11-22.db',
    'seldon-usage serve export --output reports.ndjson',
    'zstd -c reports.ndjson > reports.ndjson.zst',
  ])
    await does(line)(home);
  assert.is(await running.stop(), 0);
  return home;
}

/** A collector with a report, and its files: a backup, another store, and an export. */
async function collector(home: Home, stage: Stage): Promise<{dashboard: string; stop(): Promise<unknown>}> {
  made ??= makeStore(stage);
  const {folder} = await made;
  for (const name of [store, ...copies])
    cpSync(join(folder, name), join(home.folder, name), {recursive: true, preserveTimestamps: true});
  mkdirSync(join(home.folder, 'lib'));
  for (const name of ['reports.db', 'lib/reports.db'])
    copyFileSync(join(folder, 'reports-2026-11-22.db'), join(home.folder, name));
  const running = await home.start('seldon-usage serve', /Store: /);
  const [, dashboard] = /Dashboard: +(\S+)/.exec(running.output) ?? [];
  return {dashboard: dashboard!, stop: running.stop};
}

/**
 * Runs a line as it stands there; it must end well, or where it stays begin well and end when it is asked to.
 *
 * @returns what it wrote
 */
export async function play(stage: Stage, line: string): Promise<string> {
  const home = stage.home();
  const scene = scenes.find(([pattern]) => pattern.test(line))?.[1];
  const served = /seldon-usage (serve \w|stats)/.test(line) ? await collector(home, stage) : undefined;
  try {
    // While serve runs, nobody else writes into its store.
    if (/serve (restore|import)/.test(line)) await served?.stop();
    if (/serve import/.test(line)) {
      rmSync(join(home.folder, store), {recursive: true});
      rmSync(join(home.folder, 'lib/reports.db'));
    }
    await scene?.before?.(home, stage);
    const here = translated(line, home, served?.dashboard ?? '');
    const begun = staying.find(([pattern]) => pattern.test(line))?.[1];
    if (begun) {
      const running = await home.start(here, begun);
      assert.is(await running.stop(), 0, running.output);
      return running.output;
    }
    const asks = asking.test(line);
    const [, verb] = /^seldon-usage (enable|disable|toggle)\b(?!.*--dry-run)/.exec(line) ?? [];
    if (verb) isOn = undefined;
    const {status, output} = await (asks ? home.onTerminal(here) : home.run(here));
    assert.is(status, 0, output);
    if (verb && verb !== 'toggle') isOn = verb === 'enable';
    if (asks) assert.match(output, /\[y\/N\]/);
    return output;
  } finally {
    await served?.stop();
    await scene?.after?.(stage);
  }
}
