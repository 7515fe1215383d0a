import {Plugin} from '@oclif/core/config';

/** The text of oclif.manifest.json for the commands of `root`/dist: with it oclif starts without loading every command. */
export async function manifest(root: string): Promise<string> {
  const plugin = new Plugin({root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true, isRoot: true});
  await plugin.load();
  const {commands, ...rest} = plugin.manifest;
  // oclif loads them side by side, and has them in the order in which the files were read.
  const sorted = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify({commands: Object.fromEntries(sorted), ...rest}, null, 2)}\n`;
}
