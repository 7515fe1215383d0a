// The single executable, run where there is no Node: everything that the package does, it does.
import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../oclif.manifest.json' with {type: 'json'};
import {startProgram} from '../collector/program.ts';
import {makeWorld} from '../helm/world.ts';
import {type Ended, folder, run} from '../program.ts';
import {rigSuite} from '../rig/available.ts';
import {shortLived} from '../rig/go.ts';
import {executable} from './executable.ts';

/** As `run`, without a Node in PATH. */
async function runAlone(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const {status, stdout, stderr} = spawnSync(await executable(), args, {
    cwd: folder,
    env: {PATH: '/usr/bin:/bin', HOME: folder, ...shortLived, ...env},
    encoding: 'utf8',
  });
  return {status, stdout, stderr};
}

const test = suite('single executable');

test('its checksum is beside it', async () => {
  const file = await executable();
  execFileSync('sha256sum', ['--check', '--strict', '--quiet', `${file}.sha256`], {cwd: dirname(file)});
  assert.is(statSync(file).mode & 0o777, 0o755);
});

const example = join(import.meta.dirname, '../../examples/report.json');
const same: string[][] = [
  ['--version'],
  ['--version', '--json'],
  ['version', 'show'],
  ['--help'],
  ...Object.keys(manifest.commands).map((id) => [...id.split(':'), '--help']),
  ['show', example],
  ['show', '--json', example],
  ['config', '--json'],
  ['show', '/nonexistent'],
  ['shwo'],
  ['history', '--json'],
];
for (const args of same)
  test(`says what the package says: ${args.join(' ')}`, async () => assert.equal(await runAlone(args), run(args)));

test('a word too many is no way to the post-renderer of another folder', async () => {
  const {status, stdout} = await runAlone(['__post-render', '/nonexistent']);
  assert.equal([status === 0, stdout], [false, '']);
});

test('serve: its threads take and store a report, the dashboard is there', async () => {
  const served = await startProgram(join(folder, 'sea.db'), [], 0, {HOME: folder}, [await executable()]);
  try {
    const answer = await fetch(`http://127.0.0.1:${served.port}/api/v1`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: readFileSync(example),
    });
    assert.is(answer.status, 204);
    for (const path of ['', 'page.js', 'page.css', 'icon.svg']) {
      const built = await fetch(`http://127.0.0.1:${served.adminPort}/${path}`);
      const file = join(import.meta.dirname, '../../dist/collector/dashboard', path || 'index.html');
      assert.is(await built.text(), readFileSync(file, 'utf8'));
    }
  } finally {
    assert.is(await served.stop(), 0, served.errors());
  }
});

test.run();

for (const major of [3, 4] as const) {
  const change = rigSuite(`single executable, helm ${major}`, ['apiserver', `helm${major}`]);
  change('enable and disable', async () => {
    const world = await makeWorld(major);
    const flags = ['--yes', '--kubeconfig', world.kubeconfig, '--helm', world.helmPath];
    const enabled = await runAlone(['enable', ...flags]);
    assert.is(enabled.status, 0, enabled.stderr);
    assert.is(enabled.stdout, 'Usage metrics of seldon/core are on: revision 2, verified. Nothing else changed.\n');
    const disabled = await runAlone(['disable', ...flags]);
    assert.is(disabled.status, 0, disabled.stderr);
  });
  change.run();
}
