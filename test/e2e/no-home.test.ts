// A container that runs as a random user: neither HOME nor an entry in /etc/passwd.
import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {folder} from '../program.ts';

const root = join(import.meta.dirname, '../..');
const uid = '54321';
// A user namespace changes only the number, and needs no rights; where there are none, root becomes somebody else.
const ways = [
  ['unshare', '--user', `--map-user=${uid}`],
  ['setpriv', '--reuid', uid, '--regid', uid, '--clear-groups'],
];
const way = ways.find(([program, ...args]) => spawnSync(program!, [...args, 'true']).status === 0)!;

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const [program, ...before] = way;
  const {status, stdout, stderr} = spawnSync(
    program!,
    [...before, process.execPath, join(root, 'bin/run.js'), ...args],
    {encoding: 'utf8', cwd: folder, env: {PATH: process.env.PATH, ...env}},
  );
  return {status, stdout, stderr};
}

const nodes = ['--nodes', join(root, 'examples/nodes.json')];
const id = ['--cluster-id', '846db7e9-c861-43d7-8d08-31578af59878'];
const cases: [args: string[], status: number, env: NodeJS.ProcessEnv, stdout: RegExp, stderr: RegExp][] = [
  [['--version'], 0, {}, /^seldon-usage\//, /^$/],
  [['--help'], 0, {}, /COMMANDS/, /^$/],
  [['show', join(root, 'examples/report.json')], 0, {}, /^Usage report/, /^$/],
  [['show', ...nodes, ...id], 0, {}, /^Usage report/, /^$/],
  [['collect', ...nodes, ...id], 0, {HOME: ''}, /^{/, /^$/],
  [['show', '--kubeconfig', 'nowhere'], 2, {}, /^$/, /^Error: .*nowhere does not exist/],
  [['show'], 2, {}, /^$/, /^Error: There is no kubeconfig[^(]*\n.*KUBECONFIG/],
  [['history'], 2, {}, /^$/, /no home directory.*\n.* SELDON_USAGE_STATE_DIR, XDG_STATE_HOME, HOME\n/],
  [['history'], 0, {SELDON_USAGE_STATE_DIR: 'state'}, /^Nothing was sent/, /^$/],
  [['history'], 0, {XDG_STATE_HOME: '/nowhere'}, /^Nothing was sent/, /^$/],
  // Before anything is read: the kubeconfig that is not there comes later.
  [
    ['send', '--yes', '--allow-http', '--kubeconfig', 'nowhere'],
    2,
    {},
    /^$/,
    /^Error: This user has no home.*\n.* SELDON_USAGE_STATE_DIR, XDG_STATE_HOME, HOME\n/,
  ],
  [['send', '--dry-run', '--allow-http', ...nodes, ...id], 0, {}, /^Usage report/, /^$/],
  [['config'], 0, {}, /no place for a file: neither XDG_CONFIG_HOME nor HOME is set/, /^$/],
  [['config', '--json'], 0, {}, /^{"settings":\[/, /^$/],
  [['config', 'set', 'omit', 'nodes.osImage'], 2, {}, /^$/, /no home directory.*\n.* XDG_CONFIG_HOME, HOME\n/],
  [['serve'], 2, {}, /^$/, /no home directory.*\n.* SELDON_USAGE_STORE, XDG_DATA_HOME, HOME\n/],
  [['nonsense'], 2, {}, /^$/, /^Error: There is no command nonsense\./],
];
for (const [args, status, env, stdout, stderr] of cases) {
  test(`${args[0]} ${Object.keys(env)}: ${status}`, () => {
    const ended = run(args, env);
    assert.is(ended.status, status, ended.stderr);
    assert.match(ended.stdout, stdout);
    assert.match(ended.stderr, stderr);
  });
}

test.run();
