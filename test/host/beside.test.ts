import {spawnSync} from 'node:child_process';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isBeside, packageBeside} from '../../src/host/beside.ts';

const folder = mkdtempSync(join(tmpdir(), 'beside-'));
test.after(() => rmSync(folder, {recursive: true}));

/** A package of which it is known whether it was loaded. */
function install(below: string, name: string, text: string): void {
  const place = join(folder, below, 'node_modules', name);
  mkdirSync(place, {recursive: true});
  writeFileSync(join(place, 'package.json'), JSON.stringify({name, main: 'index.js'}));
  writeFileSync(join(place, 'index.js'), text);
}
install('lib', '@some/one', 'module.exports = {is: "here"}');
install('lib/node_modules/program', 'inner', 'module.exports = {is: "inside"}');
install('lib', 'broken', 'throw new Error("of its own")');
install('elsewhere', 'other', 'module.exports = 1');
const from = pathToFileURL(join(folder, 'lib/node_modules/program/dist/chunks/x.js')).href;

test('a package is found where npm puts it, with the program or beside it, and nowhere else', () => {
  assert.equal(packageBeside('@some/one', from), {is: 'here'});
  assert.equal(packageBeside('inner', from), {is: 'inside'});
  const here = process.cwd();
  process.chdir(join(folder, 'elsewhere'));
  try {
    assert.is(packageBeside('other', from), undefined);
  } finally {
    process.chdir(here);
  }
});

test('whether it is there is known without loading it, and what it throws is its own', () => {
  assert.ok(isBeside('broken', from));
  assert.throws(() => packageBeside('broken', from), /of its own/);
});

for (const name of ['.node_modules', '.node_libraries'])
  test(`what a package may do without is never taken from ~/${name}`, () => {
    install('lib', 'asks', 'try { module.exports = require("may-be-missing") } catch { module.exports = "without" }');
    const home = join(folder, 'home');
    mkdirSync(join(home, name), {recursive: true});
    writeFileSync(join(home, name, 'may-be-missing.js'), 'module.exports = "from home"');
    const module = JSON.stringify(join(import.meta.dirname, '../../src/host/beside.ts'));
    const source = `import {packageBeside} from ${module};
      console.log(packageBeside('asks', ${JSON.stringify(from)}), process.env.HOME)`;
    const args = [...process.execArgv, '--input-type=module', '-e', source];
    const {stdout} = spawnSync(process.execPath, args, {encoding: 'utf8', env: {...process.env, HOME: home}});
    assert.is(stdout.trim(), `without ${home}`);
  });

for (const [what, spoil, mend] of [
  ['everybody may write', (path: string) => chmodSync(path, 0o777), (path: string) => chmodSync(path, 0o755)],
  // Only root can give something away.
  ...(process.geteuid?.() === 0
    ? ([
        ['is somebody else’s', (path: string) => chownSync(path, 4242, 4242), (path: string) => chownSync(path, 0, 0)],
      ] as const)
    : []),
] as const)
  for (const place of ['node_modules', 'lib/node_modules', 'lib/node_modules/broken'])
    test(`nothing is loaded where ${place} ${what}`, () => {
      mkdirSync(join(folder, place), {recursive: true});
      spoil(join(folder, place));
      try {
        assert.throws(
          () => packageBeside('broken', from),
          /Others can put code into .*, beside the program or above it/,
        );
        assert.not.ok(isBeside('other', from), 'where nothing would be loaded there is nothing to refuse');
      } finally {
        mend(join(folder, place));
      }
    });

test.run();
