// Whether a file is that of somebody outside of the container.
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isOutside} from '../../src/host/outside.ts';

const cases: [what: string, uid: number, map: string | undefined, outside: boolean][] = [
  ['the number of all others, of a container with one user', 65_534, '  65532  65532  1\n', true],
  ['the same with several ranges', 65_534, '0 1000 1\n1 100000 60000\n', true],
  ['a user of the container', 65_532, '  65532  65532  1\n', false],
  ['a number that a user of the container may have too', 65_534, '0 1000 1\n1 100000 65536\n', false],
  ['nobody, of a machine', 65_534, '         0          0 4294967295\n', false],
  ['a number in a table that is none', 65_534, 'what\n', false],
  ['a number on a system without such a table', 65_534, undefined, false],
];
for (const [what, uid, map, outside] of cases) {
  test(`${what}: ${outside ? 'somebody outside' : 'none of them'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'outside-'));
    const tables = {overflow: join(folder, 'overflow'), map: join(folder, 'map')};
    writeFileSync(tables.overflow, '65534\n');
    if (map !== undefined) writeFileSync(tables.map, map);
    assert.is(isOutside(uid, tables), outside);
    rmSync(folder, {recursive: true});
  });
}

test.run();
