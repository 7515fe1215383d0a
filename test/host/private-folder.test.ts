import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compileCache, makePrivate, whoElseMayWrite} from '../../src/host/private-folder.ts';

const test = suite('private folders');
const isRoot = process.geteuid?.() === 0;
const stranger = 54_321;

let top: string;
test.before.each(() => {
  top = mkdtempSync(join(tmpdir(), 'private-'));
});
test.after.each(() => rmSync(top, {recursive: true, force: true}));

function folder(path: string, mode = 0o700, owner?: number): string {
  const whole = join(top, path);
  mkdirSync(whole, {recursive: true});
  chmodSync(whole, mode);
  if (owner !== undefined) chownSync(whole, owner, owner);
  return whole;
}

function link(path: string, target: string, owner?: number): string {
  const whole = join(top, path);
  symlinkSync(target, whole);
  if (owner !== undefined) lchownSync(whole, owner, owner);
  return whole;
}

/** Of paths that are made one after the other the last. */
const last = (...paths: string[]) => paths.at(-1)!;

type Case = [what: string, make: () => string, private_: boolean];
const cases: Case[] = [
  ['a folder of its own', () => folder('a'), true],
  ['a folder that others may read', () => folder('a', 0o755), true],
  ['a folder that the group may write', () => folder('a', 0o770), false],
  ['a folder that all may write', () => folder('a', 0o777), false],
  ['below a folder that all may write', () => last(folder('a', 0o777), folder('a/b')), false],
  ['below a sticky folder, its own', () => last(folder('a', 0o1777), folder('a/b')), true],
  ['far below a folder that the group may write', () => last(folder('a', 0o775), folder('a/b/c/d')), false],
  ['behind a link', () => last(folder('a'), link('l', join(top, 'a'))), true],
  ['behind a relative link', () => last(folder('a/b'), link('a/l', '../a/./b')), true],
  [
    'behind a link that stands where all may write',
    () => last(folder('a'), folder('w', 0o777), link('w/l', join(top, 'a'))),
    false,
  ],
  ['behind a link to where all may write', () => last(folder('w', 0o777), link('l', join(top, 'w'))), false],
  ['behind links in a circle', () => last(link('k', join(top, 'l')), link('l', join(top, 'k'))), false],
];
const ofRoot: Case[] = [
  ["somebody else's folder", () => folder('a', 0o700, stranger), false],
  ["below somebody else's folder", () => last(folder('a', 0o755, stranger), folder('a/b')), false],
  ["somebody else's folder in a sticky one", () => last(folder('a', 0o1777), folder('a/b', 0o755, stranger)), false],
  [
    "somebody else's link in a sticky folder",
    () => last(folder('a'), folder('s', 0o1777), link('s/l', join(top, 'a'), stranger)),
    false,
  ],
];
for (const [what, make, isPrivate] of isRoot ? [...cases, ...ofRoot] : cases) {
  test(`${what}: ${isPrivate ? 'only this user' : 'others too'}`, () => {
    const path = make();
    assert.is(whoElseMayWrite(path) === undefined, isPrivate, whoElseMayWrite(path));
  });
}

test('a group that is known to be the user’s own is not warned of, all others are', () => {
  const path = last(folder('a', 0o775), folder('a/b'));
  const {gid} = statSync(path);
  assert.is(
    whoElseMayWrite(path, (one) => one === gid),
    undefined,
  );
  assert.match(whoElseMayWrite(path, () => false) ?? '', /others may write/);
  chmodSync(join(top, 'a'), 0o777);
  assert.match(whoElseMayWrite(path, () => true) ?? '', /others may write/);
});

test('a folder is made for this user alone, those above it too', () => {
  const path = join(top, 'x/y/z');
  assert.ok(makePrivate(path));
  assert.ok(makePrivate(path));
  for (let at = path; at !== top; at = dirname(at)) assert.is(statSync(at).mode & 0o777, 0o700);
});

const unusable: Case[] = [
  ['it is there and others may read it', () => folder('a', 0o755), false],
  ['others may write above it', () => join(folder('a', 0o777), 'b'), false],
  ['it is a file', () => join(import.meta.filename), false],
  ['a file is above it', () => join(import.meta.filename, 'x'), false],
  ['it is a link, even to a folder of its own', () => last(folder('a'), link('l', join(top, 'a'))), false],
];
for (const [what, make] of unusable)
  test(`none is made or used where ${what}`, () => assert.not.ok(makePrivate(make())));

if (isRoot) {
  test("nothing is made in somebody else's home, as sudo leaves it", () => {
    const home = folder('home', 0o755, stranger);
    assert.is(compileCache({HOME: home}), undefined);
    assert.equal(readdirSync(home), []);
  });
}

const caches: [env: () => NodeJS.ProcessEnv, expected: () => string | undefined][] = [
  [() => ({HOME: top}), () => join(top, '.cache/seldon-usage/compiled')],
  [() => ({HOME: top, XDG_CACHE_HOME: join(top, 'c')}), () => join(top, 'c/seldon-usage/compiled')],
  [() => ({HOME: top, XDG_CACHE_HOME: 'relative'}), () => join(top, '.cache/seldon-usage/compiled')],
  [() => ({HOME: 'relative'}), () => undefined],
  [() => ({HOME: ''}), () => undefined],
  [() => ({}), () => undefined],
];
for (const [env, expected] of caches) {
  test(`compiled code with ${env}`, () => assert.is(compileCache(env()), expected()));
}

test.run();
