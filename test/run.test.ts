import {spawnSync} from 'node:child_process';
import {existsSync, globSync, readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {long} from './long.ts';

const files = globSync('test/**/*.ts')
  .map((file) => file.replaceAll('\\', '/'))
  .sort();
const tests = files.filter((file) => file.endsWith('.test.ts'));
const pattern = /globSync\('([^']+)'\)/.exec(readFileSync('test/run.ts', 'utf8'))![1]!;

test('test/run.ts runs every file that imports uvu', () => {
  const run = new Set(globSync(pattern).map((file) => file.replaceAll('\\', '/')));
  for (const file of files) {
    // Suites that several files share are run by those that import them.
    if (/^test\/rig\/(available|honest-suite)\.ts$|\/(suite|[a-z]+-cases)\.ts$/.test(file)) continue;
    if (/from 'uvu'/.test(readFileSync(file, 'utf8'))) assert.ok(run.has(file), file);
  }
  assert.ok(run.size > 20);
});
test('the files that begin first are there', () => {
  assert.ok(long.length > 20);
  for (const name of long) assert.ok(tests.includes(name), name);
  assert.is(new Set(long).size, long.length);
});
test('every test file runs what it defines: uvu passes silently over a file without run()', () => {
  for (const file of tests) assert.match(readFileSync(file, 'utf8'), /^\s*\w+\.run\(\);?\s*$/m, file);
});
test('every test file mirrors a file of the source, of the build, or of the tests themselves', () => {
  for (const file of tests) {
    const name = file.slice('test/'.length, -'.test.ts'.length);
    if (/^(rig|e2e|shell)\//.test(name) || name.includes('/conformance/')) continue;
    // `exec-plugin-kubectl` is one view of `exec-plugin`; `sqlite` is about all of `sqlite-*`.
    const words = name.split('-');
    const names = words.map((_, i) => words.slice(0, i + 1).join('-'));
    const candidates = names.flatMap((name) =>
      [name, `src/${name}`, `build/${name}`, `examples/${name.replace('examples/', '')}`, `test/${name}`].flatMap(
        (path) => [path, `${path}.ts`, `${path}.js`],
      ),
    );
    assert.ok(
      candidates.some((path) => existsSync(path)) || globSync(`src/${name}-*.ts`).length > 0,
      `${file} mirrors nothing`,
    );
  }
});
test('no file begins right before midnight: what came today would be of two days', () => {
  // A clock on which there is half a second left.
  const clock = `const {now} = Date; const ahead = 86_400_000 - 500 - (now() % 86_400_000); Date.now = () => now() + ahead;`;
  const preload = `data:text/javascript,${encodeURIComponent(clock)}`;
  const {stdout} = spawnSync(process.execPath, ['--import', preload, 'test/run.ts', 'report/version'], {
    encoding: 'utf8',
  });
  assert.match(stdout, /^The day ends: .*\nok test\/report\/version\.test\.ts/);
});

test.run();
