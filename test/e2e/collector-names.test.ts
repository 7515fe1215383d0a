import {execFileSync} from 'node:child_process';
import {linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {suite, test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, post} from '../collector/send.ts';
import {storedTimestamps} from '../collector/stored.ts';
import {newFolder} from '../folder.ts';

// One store has one identity, whatever it is called.

interface Named {
  /** The store itself, and another name for it. */
  readonly path: string;
  readonly name: string;
}

const names: [kind: string, make: (folder: string) => Named][] = [
  [
    'a link to the file',
    (folder) => {
      mkdirSync(join(folder, 'real'));
      symlinkSync(join('real', 'reports.db'), join(folder, 'link.db'));
      return {path: join(folder, 'real', 'reports.db'), name: join(folder, 'link.db')};
    },
  ],
  [
    'a link to a link',
    (folder) => {
      mkdirSync(join(folder, 'real'));
      symlinkSync('link.db', join(folder, 'second.db'));
      symlinkSync(join(folder, 'real', 'reports.db'), join(folder, 'link.db'));
      return {path: join(folder, 'real', 'reports.db'), name: join(folder, 'second.db')};
    },
  ],
  [
    'a link to the folder',
    (folder) => {
      mkdirSync(join(folder, 'real'));
      symlinkSync('real', join(folder, 'link'));
      return {path: join(folder, 'real', 'reports.db'), name: join(folder, 'link', 'reports.db')};
    },
  ],
  [
    '.. behind a link',
    (folder) => {
      mkdirSync(join(folder, 'real', 'deep'), {recursive: true});
      symlinkSync(join('real', 'deep'), join(folder, 'link'));
      return {path: join(folder, 'real', 'reports.db'), name: `${folder}/link/../reports.db`};
    },
  ],
  [
    'a relative path',
    (folder) => ({path: join(folder, 'reports.db'), name: relative(process.cwd(), join(folder, 'reports.db'))}),
  ],
];

const refusal = (promise: Promise<Program>): Promise<string> =>
  promise.then(
    async (server) => {
      await server.kill();
      return 'started';
    },
    (error) => JSON.parse(error.message).error.message,
  );

const stored = (path: string) => new Set(storedTimestamps(path));

for (const [kind, make] of names) {
  test(`${kind}: one lock, and a log that is removed is noticed before anything is acknowledged`, async () => {
    const {path, name} = make(newFolder());
    await (await startProgram(path)).stop();
    const server = await startProgram(name);
    assert.is((await post(server.port, 1, 1)).status, 204);
    for (const other of [path, name]) assert.match(await refusal(startProgram(other)), /Another seldon-usage serve/);
    rmSync(`${path}-wal`);
    assert.is((await post(server.port, 2, 2)).status, 503);
    await eventually(async () => (await post(server.port, 3, 3)).status === 204);
    assert.is(await server.stop(), 0);
    assert.equal(
      [1, 3].filter((number) => !stored(path).has(number)),
      [],
      'acknowledged and lost',
    );
  });
}

test('a link that is changed while the server runs: 503 until it leads back', async () => {
  const folder = newFolder();
  const [path, name, other] = ['real.db', 'link.db', 'other.db'].map((file) => join(folder, file)) as [
    string,
    string,
    string,
  ];
  for (const store of [path, other]) await (await startProgram(store)).stop();
  symlinkSync(path, name);
  const server = await startProgram(name);
  assert.is((await post(server.port, 1, 1)).status, 204);
  unlinkSync(name);
  symlinkSync(other, name);
  await eventually(async () => (await post(server.port, 2, 2)).status === 503);
  assert.is((await post(server.port, 3, 3)).status, 503);
  unlinkSync(name);
  symlinkSync(path, name);
  await eventually(async () => (await post(server.port, 4, 4)).status === 204);
  await server.stop();
  assert.is(stored(other).size, 0);
});

const broken: [kind: string, make: (folder: string, path: string) => string, says: RegExp][] = [
  [
    'a link to nothing',
    (folder) => {
      symlinkSync(join(folder, 'nowhere', 'reports.db'), join(folder, 'link.db'));
      return join(folder, 'link.db');
    },
    /is a link to something that is not there/,
  ],
  [
    'a folder that is a link to nothing',
    (folder) => {
      symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
      return join(folder, 'link', 'reports.db');
    },
    /is a link to something that is not there/,
  ],
  [
    'a link to itself',
    (folder) => {
      symlinkSync('link.db', join(folder, 'link.db'));
      return join(folder, 'link.db');
    },
    /can't be found \(ELOOP\)/,
  ],
  [
    'a hard link',
    (folder, path) => {
      linkSync(path, join(folder, 'second.db'));
      return join(folder, 'second.db');
    },
    /has 2 names/,
  ],
  [
    'a file that has a hard link',
    (folder, path) => {
      linkSync(path, join(folder, 'second.db'));
      return path;
    },
    /has 2 names/,
  ],
  [
    'a log without its database',
    (folder, path) => {
      writeFileSync(join(folder, 'lone.db-wal'), 'x');
      renameSync(path, `${path}.away`);
      return join(folder, 'lone.db');
    },
    /is gone, and its log .* is left/,
  ],
];
for (const [kind, make, says] of broken) {
  test(`${kind} is refused`, async () => {
    const folder = newFolder();
    const path = join(folder, 'reports.db');
    await (await startProgram(path)).stop();
    assert.match(await refusal(startProgram(make(folder, path))), says);
  });
}

/** Only root can mount. */
const mounts = suite('mounts');
if (process.getuid?.() === 0) {
  mounts('a folder mounted a second time is the same store; a file mounted by itself is refused', async () => {
    const folder = newFolder();
    const [real, again, file] = ['real', 'again', 'file'].map((name) => join(folder, name)) as [string, string, string];
    for (const each of [real, again, file]) mkdirSync(each);
    const path = join(real, 'reports.db');
    await (await startProgram(path)).stop();
    writeFileSync(join(file, 'reports.db'), '');
    execFileSync('mount', ['--bind', real, again]);
    execFileSync('mount', ['--bind', path, join(file, 'reports.db')]);
    try {
      const server = await startProgram(path);
      assert.match(await refusal(startProgram(join(again, 'reports.db'))), /Another seldon-usage serve/);
      assert.match(await refusal(startProgram(join(file, 'reports.db'))), /mounted by itself/);
      await server.stop();
    } finally {
      for (const each of [again, join(file, 'reports.db')]) execFileSync('umount', ['-l', each]);
    }
  });
} else console.log('skipped: mounts: only root can mount');
mounts.run();

test.run();
