import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
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

test('PATH: a folder named helm is not a program', async ({folder}) => {
  mkdirSync(join(folder, 'other/helm'), {recursive: true});
  const found = await findHelm(undefined, around(join(folder, 'other'), join(folder, 'there')));
  assert.is(found.path, join(folder, 'there/helm'));
});

test('--helm: a path is taken as it is, a name is looked up', async ({folder}) => {
  assert.is((await findHelm('./here/helm', around())).path, join(folder, 'here/helm'));
  assert.is((await findHelm('helm', around('', join(folder, 'there')))).path, join(folder, 'there/helm'));
});

const deaf = "#!/bin/sh\ntrap '' TERM INT\n: >ready\nwhile :; do :; done\n";
/** Aborted once the program heeds no signal. */
function onceReady(): AbortSignal {
  const abort = new AbortController();
  const timer = setInterval(() => {
    if (!existsSync('ready')) return;
    clearInterval(timer);
    abort.abort('SIGINT');
  }, 10);
  timer.unref();
  return abort.signal;
}
/** A process that nobody has buried runs no more. */
const isRunning = (pid: number) => {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
};
const script = (path: string, text: string) => {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
};

test('a run that heeds no signal is killed after its time', async ({folder}) => {
  const path = script(join(folder, 'deaf'), deaf);
  const run = await runHelm(path, [], {}, {most: 1000, signal: onceReady()});
  assert.is(run.signal, 'SIGKILL');
});

test('a run that heeds no signal is killed once nothing is lost with it', async ({folder}) => {
  const path = script(join(folder, 'deaf'), deaf);
  const run = await runHelm(path, [], {}, {grace: 50, mayKill: () => true, signal: onceReady()});
  assert.equal([run.signal, run.ended], ['SIGKILL', undefined]);
});

test('a run with which something would be lost has its time', async ({folder}) => {
  const path = script(join(folder, 'deaf'), deaf);
  let asked = 0;
  const mayKill = () => {
    asked++;
    return false;
  };
  const run = await runHelm(path, [], {}, {grace: 50, most: 5000, mayKill, signal: onceReady()});
  assert.equal([run.signal, run.ended, asked], ['SIGKILL', 'time', 1]);
});

const grow = 'const all = []; for (;;) all.push(Buffer.alloc(4 << 20, 1))';
const greedy: [name: string, wrapped: boolean][] = [
  ['takes all memory', false],
  ['has another take all memory', true],
];
// Without /proc the time alone ends it.
for (const [name, wrapped] of process.platform === 'linux' ? greedy : [])
  test(`a run that ${name} is killed, and what it started with it`, async ({folder}) => {
    const path = script(
      join(folder, 'greedy'),
      `#!/bin/sh\n${wrapped ? '' : 'echo $$\nexec '}${process.execPath} -e '${grow}'${wrapped ? ' &\necho $!\nwait' : ''}\n`,
    );
    const run = await runHelm(path, [], {}, {memory: 256 * 2 ** 20, most: 60_000});
    assert.equal([run.signal, run.ended], ['SIGKILL', 'memory']);
    // It closes its output a moment before it is gone; one that was not killed grows on, and this never ends.
    while (isRunning(Number(run.stdout))) await sleep(10);
  });

test('Go’s own collector is told of the bound', async ({folder}) => {
  const run = await runHelm(script(join(folder, 'tell'), '#!/bin/sh\necho $GOMEMLIMIT\n'), [], {}, {memory: 1000});
  assert.is(run.stdout, '900\n');
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
