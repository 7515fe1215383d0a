import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

const nowhere = mkdtempSync(join(tmpdir(), 'seldon-usage-nowhere-'));

test.after(() => rmSync(nowhere, {recursive: true}));

const program = `
  const {rigSuite} = await import(${JSON.stringify(import.meta.resolve('./available.ts'))});
  const suite = rigSuite('of nodes');
  suite.before(() => console.log('prepared'));
  suite('lists', () => console.log('listed'));
  suite.run();`;

// Runs a suite that needs the rig on a machine that has no Go and has built nothing yet.
function runWithoutGo(env: NodeJS.ProcessEnv) {
  const args = ['--input-type=module', '-e', program];
  // In the project's directory, where the program finds its packages.
  return spawnSync(process.execPath, args, {encoding: 'utf8', env: {PATH: nowhere, XDG_CACHE_HOME: nowhere, ...env}});
}

test('without Go a suite is skipped, and says so', () => {
  const {status, stdout, stderr} = runWithoutGo({});
  assert.is(status, 0);
  assert.match(stderr, 'SKIPPED of nodes: Go is not installed');
  assert.match(stdout, /Skipped: +1/);
  assert.not.match(stdout, /prepared|listed/);
});

test('without Go a suite fails in CI', () => {
  const {status, stdout} = runWithoutGo({CI: 'true'});
  assert.is(status, 1);
  assert.match(stdout, 'CI is set, and apiserver cannot be built: Go is not installed');
  assert.not.match(stdout, /prepared|listed/);
});

test('with incomplete KUBEBUILDER_ASSETS a suite says what is missing', () => {
  assert.match(
    runWithoutGo({KUBEBUILDER_ASSETS: nowhere}).stderr,
    'SKIPPED of nodes: KUBEBUILDER_ASSETS has no kube-apiserver',
  );
});

test.run();
