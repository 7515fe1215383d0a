// Packs the single executable as krew wants it, and writes the manifest of the plugin, both into `out` or the folder that is named:
//
//   npm run build:krew -- https://example.com/releases/v0.1.0
//
// The URL is the folder where the archive will be published. Format: krew.sigs.k8s.io/docs/developer-guide/plugin-manifest.
import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream, readFileSync, statSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {pack} from 'tar-stream';
import {stringify} from 'yaml';
import manifest from '../package.json' with {type: 'json'};
import {buildExecutable, executableName} from './sea.ts';

const root = dirname(import.meta.dirname);

/** krew names processors as Go does. */
const processors: Readonly<Record<string, string>> = {x64: 'amd64', arm64: 'arm64'};

/**
 * Packs an executable with the licences that go with it; the same bytes for the same files.
 *
 * @returns path of the archive, beside the executable
 */
export async function packExecutable(executable: string): Promise<string> {
  const archive = `${executable}.tar.gz`;
  const tar = pack();
  const written = pipeline(tar, createGzip({level: 6}), createWriteStream(archive));
  for (const [name, file, mode] of [
    ['LICENSE', join(root, 'LICENSE'), 0o644],
    ['THIRD-PARTY-LICENSES.txt', join(root, 'dist/THIRD-PARTY-LICENSES.txt'), 0o644],
    ['kubectl-seldon_usage', executable, 0o755],
  ] as const) {
    const entry = tar.entry({name, mode, size: statSync(file).size, mtime: new Date(0)});
    await pipeline(createReadStream(file), entry);
  }
  tar.finalize();
  await written;
  return archive;
}

/** The plugin's manifest for the platforms whose archives are given. */
export function krewManifest(archives: readonly {arch: string; uri: string; sha256: string}[]): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: {name: 'seldon-usage'},
    spec: {
      version: `v${manifest.version}`,
      shortDescription: 'Show and send usage reports of Seldon Core',
      description: `${manifest.description}.\nNothing is sent without being asked for, and show prints every byte of it before.\n`,
      caveats: 'For the Tab key: kubectl seldon-usage completion --help\n',
      platforms: archives.map(({arch, uri, sha256}) => ({
        selector: {matchLabels: {os: 'linux', arch: processors[arch]}},
        uri,
        sha256,
        bin: 'kubectl-seldon_usage',
      })),
    },
  });
}

/**
 * Builds executable, archive and manifest for this machine's processor.
 *
 * @param from URL of the folder where the archive will be
 * @returns paths of archive and manifest
 */
export async function buildKrew(folder: string, from: string): Promise<{archive: string; plugin: string}> {
  if (process.platform !== 'linux' || !processors[process.arch])
    throw new Error(`The plugin is for Linux on ${Object.keys(processors).join(' and ')}: build it there.`);
  const archive = await packExecutable(await buildExecutable(folder));
  const sha256 = createHash('sha256').update(readFileSync(archive)).digest('hex');
  const uri = `${from.replace(/\/$/, '')}/${executableName()}.tar.gz`;
  const plugin = join(folder, 'seldon-usage.yaml');
  writeFileSync(plugin, krewManifest([{arch: process.arch, uri, sha256}]));
  return {archive, plugin};
}

if (import.meta.main) {
  const [from = '', folder = join(root, 'out')] = process.argv.slice(2);
  if (!URL.canParse(from)) throw new Error('Usage: npm run build:krew -- URL-OF-THE-FOLDER-OF-THE-ARCHIVE [FOLDER]');
  console.log(await buildKrew(folder, from));
}
