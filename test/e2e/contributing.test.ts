// The examples of CONTRIBUTING.md, each applied to a copy of the tree and tried.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

const root = process.cwd();
const [field, flag, engine, ...more] = readFileSync('CONTRIBUTING.md', 'utf8')
  .split('```diff\n')
  .slice(1)
  .map((part) => `${part.split('\n```')[0]}\n`);

/** A copy with the patch applied, that passes the types. */
async function patched<T>(patch: string | undefined, work: (copy: string) => Promise<T>): Promise<T> {
  const copy = mkdtempSync(join(tmpdir(), 'contributing-'));
  try {
    // The demos start what the rig has.
    const own = ['src', 'bin', 'build/manifest.ts', 'examples', 'test/rig'];
    for (const name of [...own, 'package.json', 'tsconfig.json', 'oclif.manifest.json'])
      cpSync(join(root, name), join(copy, name), {recursive: true});
    for (const name of ['node_modules', 'dist']) symlinkSync(join(root, name), join(copy, name));
    execFileSync('git', ['apply', '--unidiff-zero', '-'], {cwd: copy, input: patch});
    return await work(copy);
  } finally {
    rmSync(copy, {recursive: true, force: true});
  }
}

function run(copy: string, program: string, ...args: string[]): string {
  return execFileSync(process.execPath, [program, ...args], {cwd: copy, encoding: 'utf8', maxBuffer: 1 << 26});
}

/** What the compiler knows of the program after the first example: of the others it looks at what they change. */
let known: Buffer | undefined;

/** Types of the program alone: the rest of the tree is not in the copy. */
function requireTypes(copy: string): void {
  const options = ['--noEmit', '--project', 'tsconfig.json', '--incremental', '--tsBuildInfoFile', 'known'];
  const file = join(copy, 'known');
  if (known) writeFileSync(file, known);
  try {
    run(copy, 'node_modules/typescript/bin/tsc', ...options);
    known = readFileSync(file);
  } catch (error) {
    throw new Error((error as {stdout?: string}).stdout ?? String(error));
  }
}

test('there are three examples', () => assert.equal([engine !== undefined, more.length], [true, 0]));

test('a field of the report', () =>
  patched(field, async (copy) => {
    execFileSync('sh', ['-c', JSON.parse(readFileSync('package.json', 'utf8')).scripts.proto], {cwd: copy});
    requireTypes(copy);
    assert.match(readFileSync(join(copy, 'src/cluster/nodes.generated.js'), 'utf8'), /obj\.kubeProxyVersion = /);
    const id = ['--cluster-id', '846db7e9-c861-43d7-8d08-31578af59878'];
    const report = JSON.parse(run(copy, 'bin/dev.js', 'collect', '--nodes', 'examples/nodes.json', ...id));
    assert.match(report.nodes[0].kubeProxyVersion, /^v1\./);
    const less = run(
      copy,
      'bin/dev.js',
      ...['collect', '--nodes', 'examples/nodes.json', ...id, '--omit', 'nodes.kubeProxyVersion'],
    );
    assert.not.match(less, /kubeProxyVersion/);
  }));

test('a flag', () =>
  patched(flag, async (copy) => {
    requireTypes(copy);
    assert.match(run(copy, 'bin/dev.js', 'config', '--names'), /^cluster-id\nurl\n/);
    assert.match(run(copy, 'bin/dev.js', 'config', '--help'), /--names +the names alone/);
  }));

test("an engine of the collector's store", () =>
  patched(engine, async (copy) => {
    requireTypes(copy);
    const listen = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
    const child = spawn(process.execPath, ['bin/dev.js', 'serve', '--json', '--store', 'passing:', ...listen], {
      cwd: copy,
      // What it leaves goes with the copy.
      env: {...process.env, TMPDIR: copy},
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'close');
    try {
      for await (const line of createInterface({input: child.stdout})) {
        const {reports} = JSON.parse(line) as {reports: string};
        const body = readFileSync('examples/report.json');
        const headers = {'Content-Type': 'application/json'};
        const {status} = await fetch(`${reports}/api/v1`, {method: 'POST', headers, body});
        assert.is(status, 204);
        return;
      }
      throw new Error('it did not start');
    } finally {
      child.kill();
      await ended;
    }
  }));

test.run();
