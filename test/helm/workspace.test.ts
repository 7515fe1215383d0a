import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeWorkspace} from '../../src/helm/workspace.ts';

const test = suite<{parent: string}>('workspace');
test.before.each((context) => {
  context.parent = mkdtempSync(join(tmpdir(), 'workspace-'));
});
test.after.each(({parent}) => rmSync(parent, {recursive: true}));

test('is private, and so are its files', ({parent}) => {
  const workspace = makeWorkspace(parent);
  const file = workspace.write('plugins/keep/plugin.yaml', 'a');
  assert.is(statSync(workspace.folder).mode & 0o777, 0o700);
  assert.is(statSync(join(workspace.folder, 'plugins')).mode & 0o777, 0o700);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.is(workspace.read('plugins/keep/plugin.yaml'), 'a');
  assert.is(workspace.read('other'), undefined);
  workspace.remove();
  assert.not(existsSync(workspace.folder));
});

const module = join(import.meta.dirname, '../../src/helm/workspace.ts');
const ends: [name: string, code: string, left: number][] = [
  ['ends', '', 0],
  ['fails', 'throw new Error("x")', 0],
  ['is killed', 'process.kill(process.pid, "SIGKILL")', 1],
];
for (const [name, code, left] of ends)
  test(`is gone when its process ${name}, or at the next run`, ({parent}) => {
    const script = `import {makeWorkspace} from ${JSON.stringify(module)}; makeWorkspace(${JSON.stringify(parent)}); ${code}`;
    spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    assert.is(readdirSync(parent).length, left);
    makeWorkspace(parent).remove();
    assert.equal(readdirSync(parent), []);
  });

test('stays as long as a process uses it', ({parent}) => {
  const workspace = makeWorkspace(parent);
  makeWorkspace(parent).remove();
  assert.ok(existsSync(workspace.folder));
  workspace.remove();
});

test('without a list of processes goes after a minute, not at once', ({parent}) => {
  const folder = mkdtempSync(join(parent, 'seldon-usage-helm-'));
  makeWorkspace(parent).remove();
  assert.ok(existsSync(folder));
  utimesSync(folder, new Date(0), new Date(0));
  makeWorkspace(parent).remove();
  assert.not(existsSync(folder));
});

test('what is not of this tool stays', ({parent}) => {
  writeFileSync(join(parent, 'seldon-usage-other'), '');
  makeWorkspace(parent).remove();
  assert.equal(readdirSync(parent), ['seldon-usage-other']);
});

test('a folder that can’t be written is the user’s to mend', () => {
  assert.throws(() => makeWorkspace('/proc'), /No private folder can be made in \/proc/);
});

test.run();
