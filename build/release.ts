// Makes a release in this clone: version, changelog, tarball with bill of materials and checksums, commit and tag. Nothing
// leaves the machine: what would publish it is printed.
//
//   node build/release.ts 0.2.0 [--dry-run]
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

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

function release(root: string, version: string, dryRun: boolean): void {
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
    console.log(`Would write ${[...written.keys()].join(', ')}, then build, pack, commit and tag v${version}.`);
    return;
  }
  for (const [file, text] of written) writeFileSync(join(root, file), text);
  // Documents and manifest name the version too; packing builds.
  const folder = join(root, 'release');
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder);
  execFileSync('npm', ['pack', '--pack-destination', folder], {cwd: root, stdio: ['ignore', 'ignore', 'inherit']});
  for (const generator of ['docs', 'chart'])
    execFileSync(process.execPath, [join(root, `build/${generator}.ts`)], {cwd: root, stdio: 'ignore'});
  copyFileSync(join(root, 'dist/sbom.cdx.json'), join(folder, `seldon-usage-${version}.sbom.cdx.json`));
  const files = [`seldon-usage-${version}.tgz`, `seldon-usage-${version}.sbom.cdx.json`];
  const sums = files.map((file) => `${sha256(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  git('commit', '--all', '--quiet', '--message', `Version ${version}`);
  git('tag', '--annotate', `v${version}`, '--message', `seldon-usage ${version}`);
  console.log(`seldon-usage ${version} is tagged, and its files are in release/. To publish it:`);
  console.log(`  git push origin HEAD v${version}`);
  console.log(`  npm publish release/seldon-usage-${version}.tgz`);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const [version = '', ...more] = args.filter((arg) => arg !== '--dry-run');
  try {
    if (version === '' || more.length > 0) throw new Error('Usage: node build/release.ts VERSION [--dry-run]');
    release(dirname(dirname(fileURLToPath(import.meta.url))), version, args.includes('--dry-run'));
  } catch (error) {
    console.error(`Error: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
