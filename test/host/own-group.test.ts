// Whether the group that may write a file is the user's own.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {isOwnGroup} from '../../src/host/own-group.ts';

const test = suite('a group of one user');
const id = 4711;
const {geteuid, getegid} = process;

let top: string;
test.before.each(() => {
  top = mkdtempSync(join(tmpdir(), 'group-'));
});
test.after.each(() => {
  Object.assign(process, {geteuid, getegid});
  rmSync(top, {recursive: true});
});

/** Files of a system, in a folder of their own. */
function tables(group: string | undefined, passwd: string): {group: string; passwd: string} {
  const paths = {group: join(top, 'group'), passwd: join(top, 'passwd')};
  if (group !== undefined) writeFileSync(paths.group, `root:x:0:\n${group}\n`);
  writeFileSync(paths.passwd, `root:x:0:0:root:/root:/bin/sh\n${passwd}\n`);
  return paths;
}

const jane = `jane:x:${id}:${id}::/home/jane:/bin/sh`;
const cases: [what: string, group: string | undefined, passwd: string, isOwn: boolean][] = [
  ['without members', `jane:x:${id}:`, jane, true],
  ['whose one member is the user', `jane:x:${id}:jane`, jane, true],
  ['with another member', `jane:x:${id}:bob`, jane, false],
  ['with two names, of which one has a member', `jane:x:${id}:\nstaff:x:${id}:bob`, jane, false],
  ['that is the first group of another user', `jane:x:${id}:`, `${jane}\nbob:x:4712:${id}::/home/bob:/bin/sh`, false],
  ['that is not listed', 'staff:x:50:', jane, false],
  ['of a system without a list', undefined, jane, false],
];
for (const [what, group, passwd, isOwn] of cases) {
  test(`one ${what} ${isOwn ? 'is' : 'is not'} the user's own`, () => {
    Object.assign(process, {geteuid: () => id, getegid: () => id});
    assert.is(isOwnGroup(id, tables(group, passwd)), isOwn);
  });
}

const drifted: [what: string, group: string, passwd: string, isOwn: boolean][] = [
  ["has the user's name", 'jane:x:5000:', `jane:x:${id}:5000::/home/jane:/bin/sh`, true],
  ["has the user's name and another member", 'jane:x:5000:bob', `jane:x:${id}:5000::/home/jane:/bin/sh`, false],
  ['has the name of another', 'users:x:5000:', `jane:x:${id}:5000::/home/jane:/bin/sh`, false],
  ['has the name of a user that is not listed', 'jane:x:5000:', 'bob:x:4712:4712::/home/bob:/bin/sh', false],
];
for (const [what, group, passwd, isOwn] of drifted) {
  test(`one of another number that ${what} ${isOwn ? 'is' : 'is not'} the user's own`, () => {
    Object.assign(process, {geteuid: () => id, getegid: () => 5000});
    assert.is(isOwnGroup(5000, tables(group, passwd)), isOwn);
  });
}

const strangers: [what: string, uid: number, gid: number][] = [
  ['of another number and name than the user', id + 1, id],
  ['that is not the one that the user works in', id, id + 1],
];
for (const [what, uid, gid] of strangers) {
  test(`one ${what} is not the user's own`, () => {
    Object.assign(process, {geteuid: () => uid, getegid: () => gid});
    assert.not(isOwnGroup(id, tables(`jane:x:${id}:`, jane)));
  });
}

test("root's is none", () => {
  Object.assign(process, {geteuid: () => 0, getegid: () => 0});
  assert.not(isOwnGroup(0, tables('', '')));
});

test.run();
