// Makes a release in this clone: version, changelog, tarball with bill of materials, on Linux the single executable and, where
// the folder is named that its archive will lie in, the plugin's manifest for krew; checksums of all, commit and tag. Nothing
// leaves the machine: what would publish it is printed.
//
//   node build/release.ts 0.2.0 [--from https://example.com/releases/v0.2.0] [--dry-run]
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

/** Files that hold the version, and how each does. */
const versioned: Readonly<Record<string, RegExp>> = {
  'package.json': /("version": ")[^"]+(")/,
  'package-lock.json': /("name": "seldon-usage",\s+"version": ")[^"]+(")/g,
  'src/report/version.ts': /(packageVersion = ')[^']+(')/,
};

/**
 * Whether `next` comes after `current`: three numbers each, without pre-release.
 */
export function isAfter(next: string, current: string): boolean {
  const numbers = (version: string) => /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number);
  const [a, b] = [numbers(next), numbers(current)];
  if (!a || !b) return false;
  const at = a.findIndex((number, i) => number !== b[i]);
  return at >= 0 && a[at]! > b[at]!;
}

/**
 * The changelog with what is unreleased put under a version and its day.
 *
 * @throws {Error} if nothing is unreleased
 */
export function releasedChangelog(text: string, version: string, day: string): string {
  const [, entries = ''] = /^## Unreleased\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(text) ?? [];
  if (entries.trim() === '') throw new Error('CHANGELOG.md has nothing under "## Unreleased".');
  return text.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${day})\n`);
}

/** @param from URL of the folder where the archives will lie */
function release(root: string, version: string, {dryRun, from}: {dryRun: boolean; from: string | undefined}): void {
  const git = (...args: string[]) => execFileSync('git', args, {cwd: root, encoding: 'utf8'}).trim();
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const {version: current} = JSON.parse(read('package.json')) as {version: string};
  if (!isAfter(version, current)) throw new Error(`${version} does not come after ${current}: write it as 1.2.3.`);
  if (git('status', '--porcelain') !== '') throw new Error('The work tree is not clean: commit or stash first.');
  if (git('tag', '--list', `v${version}`) !== '') throw new Error(`There is a tag v${version} already.`);
  const day = new Date().toISOString().slice(0, 10);
  const written = new Map([['CHANGELOG.md', releasedChangelog(read('CHANGELOG.md'), version, day)]]);
  for (const [file, pattern] of Object.entries(versioned)) {
    const text = read(file).replace(pattern, `$1${version}$2`);
    if (text === read(file)) throw new Error(`${file} does not hold the version ${current} where it should.`);
    written.set(file, text);
  }
  if (dryRun) {
    console.log(
      `Would write ${[...written.keys()].join(', ')}, then build, pack, make what goes with it, commit and tag v${version}.`,
    );
    return;
  }
  for (const [file, text] of written) writeFileSync(join(root, file), text);
  // Documents and manifest name the version too; packing builds.
  const folder = join(root, 'release');
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder);
  execFileSync('npm', ['pack', '--pack-destination', folder], {cwd: root, stdio: ['ignore', 'ignore', 'inherit']});
  const node = (script: string, ...args: string[]) =>
    execFileSync(process.execPath, [join(root, 'build', script), ...args], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  node('docs.ts');
  node('chart.ts');
  copyFileSync(join(root, 'dist/sbom.cdx.json'), join(folder, `seldon-usage-${version}.sbom.cdx.json`));
  // Executable and terminal are of this machine.
  if (process.platform === 'linux') {
    node('pictures.ts', 'show');
    if (from === undefined) node('sea.ts', folder);
    else node('krew.ts', from, folder);
  }
  // What each build says of itself stands in the one list.
  const files = readdirSync(folder).filter((file) => !file.endsWith('.sha256'));
  for (const file of readdirSync(folder)) if (!files.includes(file)) rmSync(join(folder, file));
  const sums = files.sort().map((file) => `${sha256(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  git('commit', '--all', '--quiet', '--message', `Version ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `seldon-usage ${version}`);
  console.log(`seldon-usage ${version} is tagged, and its files are in release/. To publish it:`);
  console.log(`  git push origin HEAD v${version}`);
  console.log(`  npm publish release/seldon-usage-${version}.tgz`);
  if (process.platform !== 'linux') console.log('The single executable is built on Linux: npm run build:sea');
  else if (from === undefined) console.log('Without --from URL there is no manifest for krew.');
  else console.log(`  all of release/ to ${from}, then release/seldon-usage.yaml to the index of krew`);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const {values, positionals} = parseArgs({
      options: {'dry-run': {type: 'boolean', default: false}, from: {type: 'string'}},
      allowPositionals: true,
    });
    const [version = '', ...more] = positionals;
    const {from} = values;
    if (version === '' || more.length > 0 || (from !== undefined && !URL.canParse(from)))
      throw new Error('Usage: node build/release.ts VERSION [--from URL-OF-THE-FOLDER-OF-THE-ARCHIVE] [--dry-run]');
    release(dirname(dirname(fileURLToPath(import.meta.url))), version, {dryRun: values['dry-run'], from});
  } catch (error) {
    console.error(`Error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
