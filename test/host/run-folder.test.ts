import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeRunFolder, sweepRunFolders} from '../../src/host/run-folder.ts';

const test = suite<{parent: string}>('run folder');
test.before.each((context) => {
  context.parent = mkdtempSync(join(tmpdir(), 'run-folder-'));
});
test.after.each(({parent}) => rmSync(parent, {recursive: true}));

const module = join(import.meta.dirname, '../../src/host/run-folder.ts');
const script = (parent: string, code: string) => [
  '--input-type=module',
  '-e',
  `import {makeRunFolder} from ${JSON.stringify(module)}; const {path} = await makeRunFolder(${JSON.stringify(parent)}); ${code}`,
];

const ends: [name: string, code: string, left: number][] = [
  ['ends', '', 0],
  ['fails', 'throw new Error("x")', 0],
  ['is killed', 'process.kill(process.pid, "SIGKILL")', 1],
];
for (const [name, code, left] of ends)
  test(`is gone when its process ${name}, or at the next sweep`, async ({parent}) => {
    spawnSync(process.execPath, script(parent, code));
    assert.is(readdirSync(parent).length, left);
    await sweepRunFolders(parent);
    assert.equal(readdirSync(parent), []);
  });

/** A process that holds a folder until it is killed. */
async function holder(parent: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, script(parent, 'console.log(path); setInterval(() => {}, 1000)'), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout!, 'data');
  return child;
}

test('stays as long as another process holds it, however old it is, and whatever its process number', async ({
  parent,
}) => {
  const child = await holder(parent);
  const [name = ''] = readdirSync(parent);
  utimesSync(join(parent, name), new Date(0), new Date(0));
  await sweepRunFolders(parent);
  assert.equal(readdirSync(parent), [name]);
  child.kill('SIGKILL');
  await once(child, 'close');
  await sweepRunFolders(parent);
  assert.equal(readdirSync(parent), []);
});

test('of this process stays, and stays held for others after a sweep here', async ({parent}) => {
  const folder = await makeRunFolder(parent);
  await sweepRunFolders(parent);
  const sweep = `import {sweepRunFolders} from ${JSON.stringify(module)}; await sweepRunFolders(${JSON.stringify(parent)})`;
  spawnSync(process.execPath, ['--input-type=module', '-e', sweep]);
  assert.ok(existsSync(folder.path));
  folder.remove();
  assert.equal(readdirSync(parent), []);
});

test('without its lock goes after a minute, not at once', async ({parent}) => {
  const path = mkdtempSync(join(parent, 'seldon-usage-helm-'));
  await sweepRunFolders(parent);
  assert.ok(existsSync(path));
  utimesSync(path, new Date(0), new Date(0));
  await sweepRunFolders(parent);
  assert.not(existsSync(path));
});

const others: [name: string, make: (parent: string) => void][] = [
  ['another name', (parent) => writeFileSync(join(parent, 'seldon-usage-other'), '')],
  ['a file', (parent) => writeFileSync(join(parent, 'seldon-usage-helm-file'), '')],
  [
    'a link to a folder',
    (parent) => {
      mkdirSync(join(parent, 'target'), {mode: 0o700});
      utimesSync(join(parent, 'target'), new Date(0), new Date(0));
      symlinkSync(join(parent, 'target'), join(parent, 'seldon-usage-helm-link'));
    },
  ],
  [
    'a folder that others may write',
    (parent) => {
      const path = join(parent, 'seldon-usage-helm-open');
      mkdirSync(path);
      chmodSync(path, 0o777);
      utimesSync(path, new Date(0), new Date(0));
    },
  ],
  [
    'a folder that others may have given this name',
    (parent) => {
      const path = join(parent, 'seldon-usage-helm-renamed');
      mkdirSync(path, {mode: 0o700});
      utimesSync(path, new Date(0), new Date(0));
      chmodSync(parent, 0o777);
    },
  ],
];
for (const [name, make] of others)
  test(`what is not of this tool stays: ${name}`, async ({parent}) => {
    make(parent);
    const before = readdirSync(parent);
    await sweepRunFolders(parent);
    assert.equal(readdirSync(parent), before);
  });

test('a folder for temporary files that is not there is no obstacle', () => sweepRunFolders('/nowhere/at/all'));

test('is removed while another process sweeps: what that leaves in the folder fails nothing', async ({parent}) => {
  const sweeper = spawn(
    process.execPath,
    script(
      parent,
      `
    const {sweepRunFolders} = await import(${JSON.stringify(module)});
    console.log(path);
    for (;;) await sweepRunFolders(${JSON.stringify(parent)});`,
    ),
    {stdio: ['ignore', 'pipe', 'ignore']},
  );
  await once(sweeper.stdout!, 'data');
  try {
    for (let i = 0; i < 400; i++) (await makeRunFolder(parent)).remove();
  } finally {
    const closed = once(sweeper, 'close');
    sweeper.kill('SIGKILL');
    await closed;
  }
});

test.run();
