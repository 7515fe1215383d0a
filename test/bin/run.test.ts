// bin/run.js as it is installed: what it runs, and where it lets Node keep compiled code.
import {execFileSync, spawnSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('bin/run.js');
const isRoot = process.geteuid?.() === 0;
const program = join(import.meta.dirname, '../../bin/run.js');
const example = join(import.meta.dirname, '../../examples/report.json');

let home: string;
let tmp: string;
test.before.each(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
  tmp = mkdtempSync(join(tmpdir(), 'tmp-'));
});
test.after.each(() => {
  for (const folder of [home, tmp]) rmSync(folder, {recursive: true, force: true});
});

function run(env: NodeJS.ProcessEnv, more: {uid?: number; gid?: number} = {}): string {
  return String(
    execFileSync(process.execPath, [program, '--version'], {
      env: {PATH: process.env.PATH, TMPDIR: tmp, ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
      ...more,
    }),
  );
}

const cache = () => join(home, '.cache/seldon-usage/compiled');

test('compiled code is kept in the cache directory of the user, for nobody else', () => {
  run({HOME: home});
  assert.is(statSync(cache()).mode & 0o777, 0o700);
  assert.ok(readdirSync(cache()).length > 0);
});

test('nothing is read or kept in the folder of everybody, where anybody could have put it', () => {
  mkdirSync(join(tmp, 'node-compile-cache'), {mode: 0o777});
  run({HOME: home});
  run({});
  assert.equal(readdirSync(join(tmp, 'node-compile-cache')), []);
});

test('a cache that others may write is not used', () => {
  mkdirSync(cache(), {recursive: true});
  chmodSync(cache(), 0o777);
  run({HOME: home});
  assert.equal(readdirSync(cache()), []);
});

test('NODE_COMPILE_CACHE keeps its meaning', () => {
  run({HOME: home, NODE_COMPILE_CACHE: join(tmp, 'mine')});
  assert.equal(readdirSync(tmp), ['mine']);
  assert.equal(readdirSync(home), []);
});

test('NODE_DISABLE_COMPILE_CACHE keeps its meaning', () => {
  run({HOME: home, NODE_DISABLE_COMPILE_CACHE: '1'});
  assert.equal(readdirSync(home), []);
});

for (const started of [program, join(dirname(program), 'dev.js')]) {
  test(`DEBUG prints nothing of what was given: ${basename(started)}`, () => {
    for (const more of [['--dry-run'], ['--timeout', '1s']]) {
      const child = spawnSync(
        process.execPath,
        [started, 'send', '--url', 'http://127.0.0.1:1/?key=SECRETQ', '--yes', ...more, example],
        {env: {PATH: process.env.PATH, HOME: home, TMPDIR: tmp, DEBUG: '*'}, encoding: 'utf8'},
      );
      assert.is(child.status, more.length === 1 ? 0 : 5, child.stderr);
      assert.not.match(child.stdout + child.stderr, /SECRETQ|oclif|got:|follow-redirects/);
    }
  });
}

for (const name of ['run.js', 'complete.js', 'seldon-usage']) {
  test(`a clone that is not built says what builds it: ${name}`, () => {
    mkdirSync(join(tmp, 'clone/bin'), {recursive: true});
    for (const file of ['run.js', 'complete.js'])
      copyFileSync(join(dirname(program), file), join(tmp, 'clone/bin', file));
    writeFileSync(join(tmp, 'clone/package.json'), '{"type": "module"}');
    symlinkSync('run.js', join(tmp, 'clone/bin/seldon-usage'));
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(tmp, 'clone/bin', name), 'show'], {
      env: {PATH: process.env.PATH, HOME: home},
      encoding: 'utf8',
    });
    assert.equal([status, stdout], [2, '']);
    assert.match(stderr, /^seldon-usage is not built yet.*\n {2}npm --prefix \S+\/clone run build\n$/);
  });
}

test('what is asked before the program is one file', () => {
  const first = readFileSync(join(dirname(program), '../dist/host/private-folder.js'), 'utf8');
  assert.not.match(first, /\bimport\b|createRequire/);
});

if (isRoot) {
  test("nothing is kept in somebody else's home, as sudo leaves it", () => {
    chownSync(home, 54_321, 54_321);
    run({HOME: home});
    assert.equal(readdirSync(home), []);
  });
}

test.run();
