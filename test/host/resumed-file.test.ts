import {execFile, execFileSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
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
import {join} from 'node:path';
import {promisify} from 'node:util';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {openResumed, type ResumedFile} from '../../src/host/resumed-file.ts';

const top = mkdtempSync(join(tmpdir(), 'resumed-file-'));
test.after(() => rmSync(top, {recursive: true}));
let folder = '';
let said: string[] = [];
test.before.each(() => {
  folder = mkdtempSync(join(top, 'x-'));
  said = [];
});
const isRoot = process.geteuid?.() === 0;
const stranger = 54_321;
const at = (name: string) => join(folder, name);
const open = (name = 'a') => openResumed(at(name), (line) => said.push(line));
const text = (name: string) => readFileSync(at(name), 'utf8');
const parts = () => readdirSync(folder).filter((name) => name.endsWith('.partial'));

/** A run that wrote so much and was killed: nothing is closed. */
function killed(written: string): string {
  const before = parts();
  const file = open();
  file.write(written.padEnd(70_000, '-'));
  return parts().find((name) => !before.includes(name))!;
}
async function read({before}: ResumedFile): Promise<string | undefined> {
  if (!before) return undefined;
  let all = '';
  for await (const chunk of before.chunks) all += Buffer.from(chunk).toString();
  return all.replace(/-+$/, '');
}

test('a file is there whole or not at all, and nobody else reads it', () => {
  writeFileSync(at('a'), 'old');
  const file = open();
  file.write('new');
  assert.is(text('a'), 'old');
  file.finish();
  assert.is(text('a'), 'new');
  assert.is(statSync(at('a')).mode & 0o777, 0o600);
  assert.equal(readdirSync(folder), ['a']);
  assert.is(file.leave(true), undefined);
  assert.is(text('a'), 'new');
});

test('what a killed run has written is read by the next one, and gone when that one is through', async () => {
  const part = killed('first');
  assert.match(part, /^a[.][\da-f]{12}[.]partial$/);
  assert.is(statSync(at(part)).mode & 0o777, 0o600);
  const file = open();
  assert.is(file.before?.path, at(part));
  assert.is(await read(file), 'first');
  file.write('all');
  file.finish();
  assert.equal(readdirSync(folder), ['a']);
  assert.is(text('a'), 'all');
});

test('of several the longest is kept, until it is outgrown by what is on the disk', async () => {
  const part = killed('first'.padEnd(80_000, '+'));
  const shorter = killed('second');
  assert.equal(parts().toSorted(), [part, shorter].toSorted());
  const file = open();
  assert.is(file.before?.path, at(part));
  assert.not(parts().includes(shorter));
  file.write('third');
  file.outgrow();
  const [own] = parts();
  assert.equal([parts().length, text(own!)], [1, 'third']);
  file.write(', fourth');
  assert.is(file.leave(true), `${at('a')}.*.partial`);
  assert.is(await read(open()), 'third');
});

test('a part that can’t be removed is told of, and the file is there all the same', () => {
  const part = killed('first');
  const file = open();
  // A folder of that name is none that is removed.
  rmSync(at(part));
  mkdirSync(at(part));
  file.write('all');
  file.finish();
  assert.equal([text('a'), said.length], ['all', 1]);
  assert.match(said[0]!, /partial can't be removed [(]E\w+[)]: it is of no more use/);
});

test('what is left without worth is removed, and what was there before stays', () => {
  assert.is(open().leave(false), undefined);
  assert.equal(readdirSync(folder), []);
  const part = killed('first');
  const file = open();
  file.write('x');
  assert.is(file.leave(false), `${at('a')}.*.partial`);
  assert.equal(readdirSync(folder), [part]);
  assert.is(file.leave(true), undefined);
});

test('what somebody else may have written is left as it is, and said', () => {
  const name = (digit: string) => `a.${digit.repeat(12)}.partial`;
  writeFileSync(at('secret'), 'secret', {mode: 0o600});
  symlinkSync('secret', at(name('1')));
  execFileSync('mkfifo', ['-m', '600', at(name('2'))]);
  mkdirSync(at(name('3')), {mode: 0o700});
  writeFileSync(at(name('4')), 'x');
  chmodSync(at(name('4')), 0o620);
  linkSync(at('secret'), at(name('5')));
  if (isRoot) {
    writeFileSync(at(name('6')), 'x', {mode: 0o600});
    chownSync(at(name('6')), 65_534, 65_534);
  }
  const others = readdirSync(folder);
  const file = open();
  assert.is(file.before, undefined);
  file.write('new');
  file.finish();
  assert.equal(readdirSync(folder), ['a', ...others]);
  const why = [
    'it is a link',
    'it is not a file',
    'it is not a file',
    ...Array(isRoot ? 3 : 2).fill('somebody else may have written it'),
  ];
  assert.equal(
    said.toSorted(),
    why.map((one, i) => `${at(name(String(i + 1)))} is left as it is, and not used: ${one}.`),
  );
});

test('what is called otherwise is nobody’s part', () => {
  for (const name of ['a.partial', 'a.0123456789a.partial', 'b.0123456789ab.partial', 'a.0123456789ab.partial.gz'])
    writeFileSync(at(name), 'x', {mode: 0o600});
  const file = open();
  assert.is(file.before, undefined);
  file.leave(false);
  assert.equal([readdirSync(folder).length, said], [4, []]);
});

test('of two that write at once each has its own, and neither is put in place half', () => {
  const [one, other] = [open(), open()];
  one.write('one');
  other.write('other');
  one.finish();
  assert.is(text('a'), 'one');
  other.finish();
  assert.is(text('a'), 'other');
  const late = open();
  const third = open();
  third.write('third');
  third.finish();
  // The third one has taken what it wrote for what is left of a run before.
  assert.throws(() => late.finish(), /ENOENT/);
  assert.is(late.leave(true), undefined);
  assert.equal([readdirSync(folder), text('a')], [['a'], 'third']);
});

test('what another run still writes is not taken away from it', () => {
  const early = open();
  early.write('x'.repeat(70_000));
  const late = open();
  assert.is(parts().length, 2);
  early.write('y'.repeat(70_000));
  late.write('late');
  late.outgrow();
  late.finish();
  early.finish();
  assert.equal([readdirSync(folder), text('a').length, said], [['a'], 140_000, []]);
});

test('a folder that may only be written to is written to', () => {
  mkdirSync(at('inbox'));
  chmodSync(at('inbox'), 0o300);
  if (isRoot) {
    // Root reads every folder.
    for (const path of [top, folder, at('inbox')]) chownSync(path, stranger, stranger);
    process.seteuid!(stranger);
  }
  try {
    const file = open('inbox/a');
    file.write('text');
    file.finish();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
  chmodSync(at('inbox'), 0o700);
  assert.is(text('inbox/a'), 'text');
});

test('a link stays a link, and what it leads to is written, with its part beside it', async () => {
  mkdirSync(at('d'));
  writeFileSync(at('d/real'), 'old');
  symlinkSync('d/real', at('link'));
  open('link').write('x'.repeat(70_000));
  assert.is(readdirSync(at('d')).length, 2);
  const file = open('link');
  assert.is((await read(file))?.length, 70_000);
  file.write('new');
  file.finish();
  assert.equal([readdirSync(at('d')), text('d/real'), readdirSync(folder)], [['real'], 'new', ['d', 'link']]);
});

test('a pipe is written to, not replaced', async () => {
  const pipe = at('pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = promisify(execFile)('cat', [pipe]);
  const file = open('pipe');
  file.write('text');
  file.finish();
  assert.is((await reader).stdout, 'text');
  assert.ok(statSync(pipe).isFIFO());
});

const failing: [what: string, path: string, prepare: () => void, reason: RegExp][] = [
  ['a folder that does not exist', 'no/a', () => {}, /ENOENT/],
  ['a file in place of the folder', 'f/a', () => writeFileSync(at('f'), 'kept'), /ENOTDIR/],
  ['a folder in place of the file', 'd', () => mkdirSync(at('d')), /EISDIR/],
  ['a name that is too long', 'x'.repeat(240), () => {}, /ENAMETOOLONG/],
];
for (const [what, path, prepare, reason] of failing)
  test(`refuses ${what}, and leaves nothing behind`, () => {
    prepare();
    const before = readdirSync(folder);
    assert.throws(() => open(path), reason);
    assert.equal(readdirSync(folder), before);
  });

test.run();
