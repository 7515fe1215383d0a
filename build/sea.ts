// Builds the program as one executable for the platform it is built on (Node's SEA), in `out`: for machines without Node.
// `npm run build:sea`, with another folder where one is named; the build in dist has to be there, since the dashboard's files are taken from it.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {type BuildOptions, build} from 'esbuild';
import {inject} from 'postject';
import manifest from '../package.json' with {type: 'json'};
import {builtins} from './builtins.ts';
import {oclif} from './oclif.ts';

const root = dirname(import.meta.dirname);

/** Marks where Node looks for the program within itself (nodejs.org/api/single-executable-applications.html). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const common: BuildOptions = {
  absWorkingDir: root,
  outbase: 'src',
  bundle: true,
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  // No code of ours is a file there, and libraries ask only for Node's own modules.
  define: {'import.meta.url': '"file:///dist/"'},
  plugins: [builtins],
};

/** The file's name says what it is for: seldon-usage-0.1.0-linux-x64. */
export function executableName({platform, arch}: {platform: string; arch: string} = process): string {
  return `${manifest.name}-${manifest.version}-${platform}-${arch}`;
}

/**
 * Builds the executable and the file of its checksum into `folder`.
 *
 * @param folder made if it is not there
 * @returns path of the executable
 */
export async function buildExecutable(folder: string): Promise<string> {
  const parts = join(folder, 'parts');
  mkdirSync(parts, {recursive: true});
  try {
    const threads = globSync('src/collector/*-thread.ts', {cwd: root}).sort();
    await build({
      ...common,
      plugins: [builtins, oclif],
      outdir: parts,
      entryPoints: {main: 'build/executable.ts'},
      format: 'cjs',
    });
    // A thread's source is a script too. In a function around all of it `await` may stand where it does in a module;
    // nothing is imported or exported by then.
    const wrapped = {banner: {js: '(async () => {'}, footer: {js: '})();'}};
    await build({...common, ...wrapped, outdir: parts, entryPoints: threads, format: 'esm'});
    const assets = Object.fromEntries([
      ...threads.map((file) => file.replace(/^src\/(.+)\.ts$/, '$1.js')).map((name) => [name, join(parts, name)]),
      ...globSync('collector/dashboard/*', {cwd: join(root, 'dist')}).map((name) => [name, join(root, 'dist', name)]),
      ['THIRD-PARTY-LICENSES.txt', join(root, 'dist/THIRD-PARTY-LICENSES.txt')],
    ]);
    const blob = join(parts, 'program.blob');
    const config = {
      main: join(parts, 'main.js'),
      output: blob,
      disableExperimentalSEAWarning: true,
      useCodeCache: true,
      assets,
    };
    writeFileSync(join(parts, 'sea.json'), JSON.stringify(config));
    execFileSync(process.execPath, ['--experimental-sea-config', join(parts, 'sea.json')], {
      stdio: 'pipe',
    });
    const executable = join(folder, executableName());
    rmSync(executable, {force: true});
    copyFileSync(process.execPath, executable);
    chmodSync(executable, 0o755);
    await inject(executable, 'NODE_SEA_BLOB', readFileSync(blob), {sentinelFuse: fuse});
    const sum = createHash('sha256').update(readFileSync(executable)).digest('hex');
    writeFileSync(`${executable}.sha256`, `${sum}  ${executableName()}\n`);
    return executable;
  } finally {
    rmSync(parts, {recursive: true, force: true});
  }
}

if (import.meta.main) console.log(await buildExecutable(process.argv[2] ?? join(root, 'out')));
