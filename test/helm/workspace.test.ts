import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs';
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

test('is private, and so are its files', async ({parent}) => {
  const workspace = await makeWorkspace(parent);
  const file = workspace.write('plugins/keep/plugin.yaml', 'a');
  assert.is(statSync(workspace.folder).mode & 0o777, 0o700);
  assert.is(statSync(join(workspace.folder, 'plugins')).mode & 0o777, 0o700);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.is(workspace.read('plugins/keep/plugin.yaml'), 'a');
  assert.is(workspace.read('other'), undefined);
  workspace.remove();
  assert.not(existsSync(workspace.folder));
});

test('a folder that can’t be written is the user’s to mend', async () => {
  const error = await makeWorkspace('/proc').catch((error) => error);
  assert.match(error.message, /No private folder can be made in \/proc/);
});

test('a folder in which somebody else could put another in its place is not used', async ({parent}) => {
  const shared = join(parent, 'shared');
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  const error = await makeWorkspace(shared).catch((error) => error);
  assert.match(error.message, /No private folder can be made in .*shared \(others may write .*shared\)/);
  assert.equal(readdirSync(shared), []);
  // Sticky, as /tmp is, it is safe.
  chmodSync(shared, 0o1777);
  (await makeWorkspace(shared)).remove();
});

test.run();
