import {mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {makeFolder} from '../../src/host/make-folder.ts';

const base = mkdtempSync(join(tmpdir(), 'make-folder-'));
test.after(() => rmSync(base, {recursive: true}));

mkdirSync(join(base, 'there'), 0o755);
writeFileSync(join(base, 'file'), '');
symlinkSync(join(base, 'there'), join(base, 'link'));
symlinkSync(join(base, 'nowhere'), join(base, 'dangling'));

const made: [what: string, path: string, mode: number][] = [
  ['one', 'one', 0o700],
  ['several', 'a/b/c', 0o700],
  ['one below a link', 'link/d', 0o700],
  ['one that is there', 'there', 0o755],
  ['a link to one', 'link', 0o755],
];
for (const [what, path, mode] of made) {
  test(`${what} is there afterwards`, () => {
    makeFolder(join(base, path));
    assert.is(statSync(join(base, path)).mode & 0o777, mode);
  });
}

const refused: [what: string, path: string, code: string][] = [
  ['a file', join(base, 'file'), 'EEXIST'],
  ['below a file', join(base, 'file/a/b'), 'ENOTDIR'],
  ['a link to nothing', join(base, 'dangling'), 'EEXIST'],
  // Node's own never comes back from there.
  ['below /proc', '/proc/seldon-usage/a', 'ENOENT'],
];
for (const [what, path, code] of refused) {
  test(`${what} is refused with ${code}`, () =>
    assert.throws(
      () => makeFolder(path),
      (error: {code: string}) => error.code === code,
    ));
}

test.run();
