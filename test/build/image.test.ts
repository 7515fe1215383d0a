// The image's file system, put together from the Containerfile and run: no builder of images is needed for it, and the
// base's part (Node and its libraries) is this machine's.
import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import * as assert from 'uvu/assert';
import {layImage} from '../../build/image.ts';
import manifest from '../../package.json' with {type: 'json'};
import {startProgram} from '../collector/program.ts';
import {folder} from '../program.ts';
import {honestSuite} from '../rig/honest-suite.ts';

const containerfile = readFileSync(join(import.meta.dirname, '../../Containerfile'), 'utf8');
/** The instruction of the last stage. */
const instruction = (name: string) =>
  containerfile.slice(containerfile.lastIndexOf('\nFROM ')).match(new RegExp(`^${name} (.+)$`, 'm'))![1]!;
const entry = JSON.parse(instruction('ENTRYPOINT')) as string[];
const user = instruction('USER');
const example = readFileSync(join(import.meta.dirname, '../../examples/report.json'));

const test = honestSuite('image');

test('two layouts are the same, to the second', () => {
  const listed = (name: string) => {
    const root = join(folder, name);
    layImage(root, 1_700_000_000);
    return globSync('**/*', {cwd: root})
      .sort()
      .map((path) => {
        const {mode, mtimeMs, size} = statSync(join(root, path));
        return [path, mode & 0o7777, mtimeMs, size];
      });
  };
  const first = listed('first');
  assert.equal(listed('second'), first);
  assert.ok(first.every(([, mode, time]) => time === 1_700_000_000_000 && (Number(mode) & 0o022) === 0));
  execFileSync('diff', ['-r', join(folder, 'first'), join(folder, 'second')]);
});

test('the Containerfile says the version that the package has, and no root', () => {
  assert.match(containerfile, `ARG VERSION=${manifest.version}\n`);
  const [uid, gid] = user.split(':').map(Number);
  assert.ok(uid! > 0 && gid! > 0);
  for (const name of ['title', 'description', 'licenses', 'version', 'revision'])
    assert.match(containerfile, `org.opencontainers.image.${name}=`);
  assert.match(containerfile, `="${manifest.description}"`);
  assert.match(containerfile, `="${manifest.license}"`);
});

const isAble =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'true']).status === 0 && process.platform === 'linux';
if (!isAble && !process.env.CI) console.error('SKIPPED running the image: that takes root and mount namespaces');
else {
  const root = join(folder, 'root');
  test.before(() => {
    layImage(root);
    const into = (path: string, target = path) => {
      mkdirSync(dirname(join(root, target)), {recursive: true});
      copyFileSync(path, join(root, target));
      chmodSync(join(root, target), 0o755);
    };
    into(process.execPath, entry[0]!);
    for (const [library] of execFileSync('ldd', [process.execPath], {encoding: 'utf8'}).matchAll(/\/\S+/g))
      into(library);
    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/passwd'), 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n');
    mkdirSync(join(root, 'tmp'));
    mkdirSync(join(root, 'dev'));
    writeFileSync(join(root, 'dev/null'), '');
    // The folders above are private: another user has to get through to the root.
    chmodSync(folder, 0o711);
  });
  test.after(() => rmSync(root, {recursive: true, force: true}));

  /** Runs the entry point as the image's user, with nothing writable but /tmp. */
  const inside = (args: string[], input?: Buffer) =>
    spawnSync(
      'unshare',
      [
        '--mount',
        'sh',
        '-euc',
        'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; mount -t tmpfs -o mode=1777 tmpfs "$1/tmp"; mount --bind /dev/null "$1/dev/null"; root=$1 user=$2; shift 2; exec chroot --userspec="$user" "$root" "$@"',
        ...['sh', root, user, ...entry, ...args],
      ],
      {input: input ?? '', encoding: 'utf8', env: {PATH: process.env.PATH, SELDON_USAGE_STATE_DIR: '/tmp/state'}},
    );

  test('the program runs there without root and without a place to write', () => {
    const {status, stdout, stderr} = inside(['--version']);
    assert.is(status, 0, stderr);
    assert.match(stdout, `seldon-usage/${manifest.version} linux-`);
    const shown = inside(['show', '-', '--json'], example);
    assert.is(shown.status, 0, shown.stderr);
    assert.equal(JSON.parse(shown.stdout), JSON.parse(String(example)));
  });

  test('it sends a report', async () => {
    const collector = await startProgram(join(folder, 'reports.db'));
    try {
      const url = `http://127.0.0.1:${collector.port}/api/v1`;
      const {status, stderr} = inside(['send', '-', '--yes', '--url', url], example);
      assert.is(status, 0, stderr);
    } finally {
      await collector.stop();
    }
  });
}

test.run();
