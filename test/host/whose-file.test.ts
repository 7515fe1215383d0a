// Whose word the content of a file is: the file's owner and mode tell, and the links by which it was reached.
import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {devNull, tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isOwnGroup} from '../../src/host/own-group.ts';
import {notOwn, readJudged, readJudgedFile, whoElseWrote} from '../../src/host/whose-file.ts';

const test = suite('whose word a file is');
const isRoot = process.geteuid?.() === 0;
const stranger = 54_321;

let top: string;
test.before.each(() => {
  top = mkdtempSync(join(tmpdir(), 'whose-'));
});
test.after.each(() => rmSync(top, {recursive: true, force: true}));

function file(path: string, mode = 0o644, owner?: number): string {
  const whole = join(top, path);
  writeFileSync(whole, 'text');
  chmodSync(whole, mode);
  if (owner !== undefined) chownSync(whole, owner, owner);
  return whole;
}

function folder(path: string, mode: number): void {
  mkdirSync(join(top, path));
  chmodSync(join(top, path), mode);
}

function link(path: string, to: string, owner?: number): string {
  const whole = join(top, path);
  symlinkSync(to, whole);
  if (owner !== undefined) lchownSync(whole, owner, owner);
  return whole;
}

/** A ConfigMap as the kubelet mounts it: links in a folder that all may write. */
function mounted(): string {
  folder('volume', 0o777);
  folder('volume/..2026', 0o755);
  file('volume/..2026/config.yaml');
  link('volume/..data', '..2026');
  return link('volume/config.yaml', '..data/config.yaml');
}

type Case = [what: string, make: () => string, says: RegExp | undefined];
const cases: Case[] = [
  ['its own', () => file('f', 0o600), undefined],
  ['its own, that others may read', () => file('f', 0o644), undefined],
  // Whoever runs this may have a group of their own.
  [
    'one that the group may write',
    () => file('f', 0o664),
    isOwnGroup(process.getegid!()) ? undefined : /^its mode is 664$/,
  ],
  ['one that all may write', () => file('f', 0o602), /^its mode is 602$/],
  ['its own in a folder that all may write', () => [folder('w', 0o777), file('w/f')][1]!, undefined],
  ['its own behind a link', () => [file('f'), link('l', 'f')][1]!, undefined],
  ['an open one behind a link', () => [file('f', 0o666), link('l', 'f')][1]!, /^its mode is 666$/],
  ['a mounted ConfigMap', mounted, undefined],
];
const ofRoot: Case[] = [
  ["somebody else's", () => file('f', 0o600, stranger), new RegExp(`^it belongs to user ${stranger}$`)],
  [
    "its own behind somebody else's link",
    () => [file('f'), link('l', 'f', stranger)][1]!,
    new RegExp(`/l is a link of user ${stranger}$`),
  ],
  [
    "its own behind somebody else's link to its folder",
    () => {
      folder('own', 0o755);
      file('own/f');
      link('l', 'own', stranger);
      return join(top, 'l/f');
    },
    new RegExp(`/l is a link of user ${stranger}$`),
  ],
];
for (const [what, make, says] of isRoot ? [...cases, ...ofRoot] : cases) {
  test(`${what}: ${says ? 'may be of others' : 'of this user'}`, () => {
    const {text, others} = readJudged(make());
    assert.is(text, 'text');
    if (says) assert.match(others ?? '', says);
    else assert.is(others, undefined);
  });
}

test('a link that was gone again when it was looked at hides nothing', () => {
  file('other');
  const path = link('l', 'other');
  const opened = openSync(path, 'r');
  try {
    renameSync(file('f'), path);
    assert.is(whoElseWrote(opened, path), 'it was replaced while it was read');
  } finally {
    closeSync(opened);
  }
});

test('a link to /dev/null is an empty file: so one is switched off', () => {
  assert.equal(readJudgedFile(link('l', devNull)), {text: ''});
  assert.throws(() => readJudgedFile('/dev/zero'), /EINVAL/);
});

test('what makes a file the user’s own names the user that the program runs as', () => {
  const {geteuid} = process;
  process.geteuid = () => 4711;
  try {
    const {suggestions} = notOwn('/a b', 'its mode is 666', 'input', 'Nothing was done.');
    assert.is(suggestions[1], "chown 4711 '/a b' && chmod go-w '/a b'");
  } finally {
    Object.assign(process, {geteuid});
  }
});

test('a pipe in place of a small file is refused and not waited for, and so is what is too long', () => {
  const pipe = join(top, 'pipe');
  execFileSync('mkfifo', [pipe]);
  assert.throws(() => readJudgedFile(pipe), /EINVAL/);
  const path = file('long');
  writeFileSync(path, 'x'.repeat(1024 * 1024 + 1));
  assert.throws(() => readJudgedFile(path), /EFBIG/);
  assert.is(readJudgedFile(file('short')).text, 'text');
});

test.run();
