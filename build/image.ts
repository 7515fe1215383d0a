// Lays out what the Containerfile adds to its base, below a folder that is made: the same files, modes and times in every
// build of the same source. `node build/image.ts FOLDER`, with the build in dist.
import {chmodSync, copyFileSync, globSync, lutimesSync, mkdirSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';

const root = dirname(import.meta.dirname);

/** What of the package the program runs with. */
const parts = ['bin/run.js', 'dist/**/*', 'oclif.manifest.json', 'package.json', 'LICENSE'];

/**
 * @param folder where `/` of the image is to be; must not be there
 * @param epoch seconds since 1970 that every file and folder is dated (reproducible-builds.org, SOURCE_DATE_EPOCH)
 */
export function layImage(folder: string, epoch = 0): void {
  if (!Number.isSafeInteger(epoch) || epoch < 0)
    throw new Error(`SOURCE_DATE_EPOCH must be a number of seconds, not ${epoch}`);
  const files = parts
    .flatMap((part) => globSync(part, {cwd: root}))
    .filter((path) => statSync(join(root, path)).isFile());
  if (!files.includes('dist/cli/main.js')) throw new Error('There is no build in dist: npm run build makes it.');
  mkdirSync(folder, {mode: 0o755});
  for (const path of files) {
    const target = join(folder, 'app', path);
    mkdirSync(dirname(target), {recursive: true});
    copyFileSync(join(root, path), target);
    chmodSync(target, path.startsWith('bin/') ? 0o755 : 0o644);
    lutimesSync(target, epoch, epoch);
  }
  // After the files, whose making changes the time of their folder.
  for (const path of globSync('**/*', {cwd: folder}).sort().reverse()) {
    const made = join(folder, path);
    if (statSync(made).isDirectory()) {
      chmodSync(made, 0o755);
      lutimesSync(made, epoch, epoch);
    }
  }
  lutimesSync(folder, epoch, epoch);
}

if (import.meta.main) layImage(process.argv[2] ?? 'image', Number(process.env.SOURCE_DATE_EPOCH ?? 0));
