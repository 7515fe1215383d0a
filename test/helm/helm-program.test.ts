import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import {findHelm, helmEnvironment, runHelm} from '../../src/helm/helm-program.ts';

const test = suite<{folder: string; before: string}>("Helm's program");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'helm-program-'));
  context.before = process.cwd();
  process.chdir(context.folder);
  for (const name of ['here', 'there']) mkdirSync(join(context.folder, name));
  program(join(context.folder, 'helm'), 'v3.99.1');
  program(join(context.folder, 'here/helm'), 'v3.99.2');
  program(join(context.folder, 'there/helm'), 'v3.20.0');
});
test.after.each(({folder, before}) => {
  process.chdir(before);
  rmSync(folder, {recursive: true});
});

function program(path: string, version: string): void {
  writeFileSync(path, `#!/bin/sh\necho ${version}\n`);
  chmodSync(path, 0o755);
}

const around = (...folders: string[]) => ({env: {PATH: folders.join(delimiter)}, home: '/'});

/** Folders of PATH that come before the right one, and must not be looked into. */
const passedOver: [name: string, folders: string[]][] = [
  ['nothing at the front', ['']],
  ['nothing twice', ['', '']],
  ['the current folder', ['.']],
  ['a folder by its name', ['here']],
  ['a folder by ./', ['./here']],
  ['a folder by ..', ['here/..']],
  ['the home that no shell has put in', ['~/here']],
];
for (const [name, folders] of passedOver)
  test(`PATH: ${name}`, async ({folder}) => {
    const found = await findHelm(undefined, around(...folders, join(folder, 'there'), ...folders));
    assert.is(found.path, join(folder, 'there/helm'));
    const none = await findHelm(undefined, around(...folders)).catch((error: UserError) => error.message);
    assert.is(none, 'Helm was not found in PATH.');
  });

test('PATH: a folder named helm is no program', async ({folder}) => {
  mkdirSync(join(folder, 'other/helm'), {recursive: true});
  const found = await findHelm(undefined, around(join(folder, 'other'), join(folder, 'there')));
  assert.is(found.path, join(folder, 'there/helm'));
});

test('--helm: a path is taken as it is, a name is looked up', async ({folder}) => {
  assert.is((await findHelm('./here/helm', around())).path, join(folder, 'here/helm'));
  assert.is((await findHelm('helm', around('', join(folder, 'there')))).path, join(folder, 'there/helm'));
});

test('a run that heeds no signal is killed after its time', async ({folder}) => {
  const path = join(folder, 'deaf');
  writeFileSync(path, "#!/bin/sh\ntrap '' TERM INT\nwhile :; do :; done\n");
  chmodSync(path, 0o755);
  const run = await runHelm(path, [], {}, {most: 300, signal: AbortSignal.timeout(50)});
  assert.is(run.signal, 'SIGKILL');
});

const variables: [name: string, kept: boolean][] = [
  ['HOME', true],
  ['LANG', true],
  ['TMPDIR', true],
  ['KUBECONFIG', false],
  ['KUBERNETES_SERVICE_HOST', false],
  ['HELM_KUBETOKEN', false],
  ['HELM_DRIVER_SQL_CONNECTION_STRING', false],
  ['HELM_PLUGINS', false],
  ['HTTPS_PROXY', false],
  ['no_proxy', false],
  ['NODE_OPTIONS', false],
  ['SELDON_USAGE_TOKEN', false],
  ['AWS_PROFILE', false],
  ['GOOGLE_APPLICATION_CREDENTIALS', false],
  ['GITHUB_TOKEN', false],
  ['MY_PASSWORD', false],
  ['SOME_API_KEY', false],
];
for (const [name, kept] of variables)
  test(`${name} is ${kept ? '' : 'not '}given to Helm`, () =>
    assert.is(helmEnvironment({[name]: 'x'})[name], kept ? 'x' : undefined));

test('the PATH of Helm depends on no current folder either', () =>
  assert.is(
    helmEnvironment({PATH: [':', '.', '/a', 'b', '/c', ''].join(delimiter)}).PATH,
    ['/a', '/c'].join(delimiter),
  ));

test.run();
