// Builds dist (the program as a bundle that shares code between commands, the library with its declarations) and
// oclif.manifest.json, with the licences of what is bundled and a bill of materials. `--if-stale` does nothing where dist
// is newer than all it is made from.
import {execFileSync} from 'node:child_process';
import {copyFileSync, globSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type BuildOptions, build} from 'esbuild';
import {builtins} from './builtins.ts';
import {firstEntry, libraryEntry, pageEntries, pageFiles, programEntries} from './entries.ts';
import {manifestText} from './manifest.ts';
import {oclif} from './oclif.ts';
import {billOfMaterials, bundledPackages, notices} from './shipped.ts';
import {together} from './together.ts';
import {buildYaml, yaml} from './yaml.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const common: BuildOptions = {
  absWorkingDir: root,
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  legalComments: 'none',
  metafile: true,
  // Read by cli/source-frames.ts where a bug is told; nothing loads them before.
  sourcemap: 'external',
  sourcesContent: false,
  logLevel: 'warning',
};

/** Dependencies written as CommonJS call `require` for Node's own modules. */
const requireBanner = `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);`;

async function buildAll(): Promise<void> {
  rmSync(`${root}/dist`, {recursive: true, force: true});
  const program = await build(
    await together({
      ...common,
      entryPoints: programEntries(),
      splitting: true,
      minifySyntax: true,
      minifyWhitespace: true,
      chunkNames: 'chunks/[name]-[hash]',
      banner: {js: requireBanner},
      plugins: [builtins, oclif, yaml],
    }),
  );
  const parser = await buildYaml({...common, minifySyntax: true, minifyWhitespace: true, sourcemap: false});
  await build({
    ...common,
    entryPoints: [firstEntry],
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [builtins],
  });
  const library = await build({...common, entryPoints: [libraryEntry]});
  const page = await build({
    ...common,
    entryPoints: pageEntries,
    platform: 'browser',
    target: 'es2022',
    minify: true,
    sourcemap: false,
  });
  removeForeignMaps();
  const packages = bundledPackages(root, program.metafile!, parser, library.metafile!, page.metafile!);
  writeFileSync(`${root}/dist/THIRD-PARTY-LICENSES.txt`, notices(packages));
  writeFileSync(`${root}/dist/sbom.cdx.json`, billOfMaterials(root, packages));
  for (const file of pageFiles) copyFileSync(`${root}/${file}`, `${root}/${file.replace(/^src/, 'dist')}`);
  execFileSync(
    process.execPath,
    [`${root}/node_modules/typescript/bin/tsc`, '-p', `${root}/build/library.tsconfig.json`],
    {stdio: 'inherit'},
  );
  writeFileSync(`${root}/oclif.manifest.json`, await manifestText(root));
}

/** Maps of files that hold libraries alone: frames in them name the library by its functions. */
function removeForeignMaps(): void {
  for (const file of globSync('dist/**/*.map', {cwd: root})) {
    const {sources} = JSON.parse(readFileSync(`${root}/${file}`, 'utf8')) as {sources: string[]};
    if (sources.every((source) => source.includes('node_modules/'))) rmSync(`${root}/${file}`);
  }
}

/** Whether dist is older than something it is made from. */
function stale(): boolean {
  const built = statSync(`${root}/dist/report/index.js`, {throwIfNoEntry: false})?.mtimeMs ?? 0;
  const sources = ['package.json', 'package-lock.json', ...globSync(['src/**/*', 'build/*'], {cwd: root})];
  return sources.some((path) => statSync(`${root}/${path}`).mtimeMs > built);
}

if (!process.argv.includes('--if-stale') || stale()) {
  await buildAll();
  const now = new Date();
  utimesSync(`${root}/dist/report/index.js`, now, now);
}
