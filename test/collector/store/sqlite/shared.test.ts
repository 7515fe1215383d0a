import {chmodSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {sharedStore} from '../../../../src/collector/store/sqlite/shared.ts';
import {newFolder} from '../../../folder.ts';
import {startProgram} from '../../program.ts';
import {post} from '../../send.ts';

const shapes: [what: string, make: (folder: string) => string, warns: boolean][] = [
  ['a folder of this user alone', (folder) => folder, false],
  ['a folder that everybody may write, as an emptyDir', (folder) => writable(folder), true],
  ['a folder that a group may write, as on OpenShift', (folder) => writable(folder, 0o2770), true],
  ['a folder below one that everybody may write', (folder) => below(writable(folder)), true],
  ['a folder below a sticky one', (folder) => below(writable(folder, 0o1777)), false],
];

function writable(folder: string, mode = 0o777): string {
  chmodSync(folder, mode);
  return folder;
}

function below(folder: string): string {
  const path = join(folder, 'data');
  mkdirSync(path, {mode: 0o700});
  return path;
}

for (const [what, make, warns] of shapes) {
  test(`${what}: ${warns ? 'told, and used all the same' : 'nothing is told'}`, async () => {
    const path = join(make(newFolder()), 'reports.db');
    assert.is(sharedStore(path) !== undefined, warns);
    if (!warns) return;
    const server = await startProgram(path);
    assert.match(server.errors(), /is not this user's alone/);
    assert.is((await post(server.port, 1)).status, 204);
    assert.is(await server.stop(), 0);
  });
}

const variables: [name: string, value: string, says: RegExp | undefined][] = [
  ['SELDON_USAGE_TRUSTED_PROXY', '127.0.0.4, 2001:db8::/32', undefined],
  ['SELDON_USAGE_TRUSTED_PROXY', 'here', /--trusted-proxy .*here.* is not a block of addresses/],
  ['SELDON_USAGE_SHARED_ADDRESS', '192.0.2.0/33', /--shared-address .*192.0.2.0\/33.* is not a block of addresses/],
];
for (const [name, value, says] of variables) {
  test(`serve takes ${name}=${value}`, async () => {
    const started = startProgram(join(newFolder(), 'reports.db'), [], 0, {...process.env, [name]: value});
    if (!says) assert.is(await (await started).stop(), 0);
    else assert.match(String(await started.catch((error: Error) => error.message)), says);
  });
}

test.run();
