// The krew manifest, judged by krew's own validation, and installed by krew itself from the archive.
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {buildKrew} from '../../build/krew.ts';
import packageJson from '../../package.json' with {type: 'json'};
import {folder} from '../program.ts';
import {rigSuite} from '../rig/available.ts';
import {krewBinaries} from '../rig/toolchain.ts';

const test = rigSuite<{archive: string; plugin: string}>('krew', ['krew']);
const out = join(folder, 'out');

test.before(async (context) => {
  mkdirSync(out);
  Object.assign(context, await buildKrew(out, 'https://example.com/releases/'));
});

test('its validation accepts the manifest', async ({plugin}) => {
  const {validate} = await krewBinaries();
  const {status, stderr} = spawnSync(validate, ['-skip-install', '-manifest', plugin], {encoding: 'utf8'});
  assert.is(status, 0, stderr);
});

test('krew installs the archive, and the plugin runs', async ({archive, plugin}) => {
  const {krew} = await krewBinaries();
  const env = {PATH: '/usr/bin:/bin', HOME: folder, KREW_ROOT: join(folder, 'krew'), KREW_NO_UPGRADE_CHECK: '1'};
  const installed = spawnSync(krew, ['install', '--manifest', plugin, '--archive', archive], {env, encoding: 'utf8'});
  assert.is(installed.status, 0, installed.stderr);
  const run = (...args: string[]) =>
    execFileSync(join(folder, 'krew/bin/kubectl-seldon_usage'), args, {env, encoding: 'utf8'});
  assert.match(run('--version'), `seldon-usage/${packageJson.version} linux-`);
  assert.match(run('show', '--help'), /^ {2}\$ kubectl seldon-usage show/m);
});

test.run();
