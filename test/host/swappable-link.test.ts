import {chmodSync, lchownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {swappableLink} from '../../src/host/swappable-link.ts';

const test = suite('links that somebody else could swap');
const isRoot = process.geteuid?.() === 0;
const stranger = 54_321;

let top: string;
test.before.each(() => {
  top = mkdtempSync(join(tmpdir(), 'swappable-'));
  for (const [name, mode] of [
    ['own', 0o700],
    ['open', 0o777],
    ['group', 0o2775],
    ['sticky', 0o1777],
  ] as const) {
    mkdirSync(join(top, name));
    chmodSync(join(top, name), mode);
    writeFileSync(join(top, name, 'file'), '');
  }
});
test.after.each(() => rmSync(top, {recursive: true, force: true}));

type Case = [path: string, links: [from: string, to: string, owner?: number][], found: string | undefined];
const cases: Case[] = [
  ['own/file', [], undefined],
  ['open/file', [], undefined],
  ['nowhere/at/all', [], undefined],
  ['own/l', [['own/l', 'file']], undefined],
  ['own/l', [['own/l', '../open/file']], undefined],
  ['own/l', [['own/l', 'nowhere']], undefined],
  ['sticky/l', [['sticky/l', '../own/file']], undefined],
  ['open/l', [['open/l', '../own/file']], 'open/l'],
  ['group/l', [['group/l', '../own/file']], 'group/l'],
  ['open/l/file', [['open/l', '../own']], 'open/l'],
  [
    'own/l/m',
    [
      ['own/l', '../open'],
      ['open/m', '../own/file'],
    ],
    'open/m',
  ],
  [
    'own/l',
    [
      ['own/l', 'm'],
      ['own/m', 'l'],
    ],
    'own/l',
  ],
];
const ofRoot: Case[] = [
  ['sticky/l', [['sticky/l', '../own/file', stranger]], 'sticky/l'],
  ['own/l/file', [['own/l', '../own', stranger]], 'own/l'],
];
for (const [path, links, found] of isRoot ? [...cases, ...ofRoot] : cases) {
  test(`${path} with ${JSON.stringify(links)}: ${found ?? 'none'}`, () => {
    for (const [from, to, owner] of links) {
      symlinkSync(to, join(top, from));
      if (owner !== undefined) lchownSync(join(top, from), owner, owner);
    }
    assert.is(swappableLink(join(top, path)), found && join(top, found));
  });
}

test.run();
