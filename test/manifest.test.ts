import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {manifestText} from '../build/manifest.ts';
import {sourceSurface, surface} from '../build/surface.ts';
import {packageVersion} from '../src/report/version.ts';

const path = 'oclif.manifest.json';
const text = readFileSync(path, 'utf8');

test('oclif.manifest.json says of every command what the source says (else: npm run build)', async () => {
  const {commands, version} = JSON.parse(text) as {commands: Record<string, object>; version: string};
  const said = Object.entries(commands).map(([id, command]) => [id.replaceAll(':', ' '), surface(command, true)]);
  assert.equal(Object.fromEntries(said), await sourceSurface(true));
  assert.is(version, packageVersion);
});
test('it is what oclif makes of the build', async () => assert.fixture(await manifestText(process.cwd()), text));

// The build renews the file: what is stale in a clean clone shows only as a difference to what was committed.
if (process.env.CI && existsSync('.git')) {
  test('the committed one is not stale', () =>
    assert.is(String(execFileSync('git', ['diff', '--stat', '--', path])), ''));
}

test.run();
