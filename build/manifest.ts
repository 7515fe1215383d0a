import {Plugin} from '@oclif/core/config';

/** The text of oclif.manifest.json for the commands of `root`/dist: with it oclif starts without loading every command. */
export async function manifest(root: string): Promise<string> {
  const plugin = new Plugin({root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true, isRoot: true});
  await plugin.load();
  return `${JSON.stringify(plugin.manifest, null, 2)}\n`;
}
