import {execFile, execFileSync, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {writeFileWhole} from '../../src/cli/write-file.ts';
import {UserError} from '../../src/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'write-file-'));
test.after(() => rmSync(folder, {recursive: true}));
test.before.each(() => {
  rmSync(folder, {recursive: true});
  mkdirSync(folder);
});

test('writes a file that only its owner reads', () => {
  writeFileWhole(join(folder, 'a'), ['text ä\n']);
  assert.is(readFileSync(join(folder, 'a'), 'utf8'), 'text ä\n');
  assert.is(statSync(join(folder, 'a')).mode & 0o777, 0o600);
  assert.equal(readdirSync(folder), ['a']);
});
test('replaces what was there', () => {
  writeFileSync(join(folder, 'a'), 'longer than before');
  writeFileWhole(join(folder, 'a'), ['new']);
  assert.is(readFileSync(join(folder, 'a'), 'utf8'), 'new');
});
test('writes megabytes whole', () => {
  const text = 'ä'.repeat(5_000_000);
  writeFileWhole(join(folder, 'a'), [text]);
  assert.ok(readFileSync(join(folder, 'a'), 'utf8') === text);
});
for (const [what, name] of [
  ['as long', 'x'.repeat(255)],
  ['of many bytes', `${'€'.repeat(84)}.js`],
] as const) {
  test(`writes a file whose name is ${what} as a name may be`, () => {
    writeFileWhole(join(folder, name), ['text']);
    assert.is(readFileSync(join(folder, name), 'utf8'), 'text');
    assert.equal(readdirSync(folder), [name]);
  });
}

const failing: [what: string, path: string, prepare: () => void, reason: string][] = [
  ['a folder that does not exist', 'no/a', () => {}, 'ENOENT'],
  ['a file in place of the folder', 'f/a', () => writeFileSync(join(folder, 'f'), 'kept'), 'ENOTDIR'],
  ['a folder in place of the file', 'd', () => mkdirSync(join(folder, 'd/inside'), {recursive: true}), 'EISDIR'],
  ['a name that is too long', 'x'.repeat(300), () => {}, 'ENAMETOOLONG'],
];
for (const [what, path, prepare, reason] of failing) {
  test(`refuses ${what}, and leaves nothing behind`, () => {
    prepare();
    const before = readdirSync(folder, {recursive: true});
    assert.throws(
      () => writeFileWhole(join(folder, path), ['text']),
      (error: UserError) =>
        error instanceof UserError && error.code === 'input' && error.message.includes(`(${reason})`),
    );
    assert.equal(readdirSync(folder, {recursive: true}), before);
  });
}
test('what was there stays when the new one can not be written', () => {
  // As root every folder can be written to, so the program is stopped by a limit on the size of files instead.
  const path = join(folder, 'a');
  writeFileSync(path, 'old');
  const module = import.meta.resolve('../../src/cli/write-file.ts');
  const program = `const {writeFileWhole} = await import(${JSON.stringify(module)});
    try { writeFileWhole(${JSON.stringify(path)}, 'x'.repeat(100_000)); } catch (error) { console.log(error.message); }`;
  const node = [process.execPath, '--input-type=module', '-e', program];
  const {stdout} = spawnSync('sh', ['-c', 'ulimit -f 8 && exec "$@"', 'sh', ...node], {encoding: 'utf8'});
  assert.match(stdout, "can't be written (EFBIG)");
  assert.is(readFileSync(path, 'utf8'), 'old');
  assert.equal(readdirSync(folder), ['a']);
});
test('a link stays a link, and what it leads to is written', () => {
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd/real'), 'old');
  symlinkSync('d/real', join(folder, 'link'));
  writeFileWhole(join(folder, 'link'), ['new']);
  assert.is(readFileSync(join(folder, 'd/real'), 'utf8'), 'new');
});
test('a pipe is written to, not replaced', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = promisify(execFile)('cat', [pipe]);
  writeFileWhole(pipe, ['text']);
  assert.is((await reader).stdout, 'text');
  assert.ok(statSync(pipe).isFIFO());
});

test.run();
