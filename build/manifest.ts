import {Plugin} from '@oclif/core/config';
import own from '../package.json' with {type: 'json'};
import type {Manifest} from '../src/cli/program.ts';

/**
 * What oclif lists of the commands in a folder, by loading each.
 *
 * @param folder relative to `root`
 */
export async function listCommands(root: string, folder: string): Promise<Manifest> {
  const commandsIn = {strategy: 'pattern', target: folder} as const;
  const pjson = {...own, oclif: {...own.oclif, topicSeparator: ' ', commands: commandsIn}} as const;
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    isRoot: true,
    pjson,
  });
  await plugin.load();
  const {commands, ...rest} = plugin.manifest;
  // oclif loads them side by side, and has them in the order in which the files were read.
  const sorted = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1));
  return {commands: Object.fromEntries(sorted), ...rest} as Manifest;
}

/** The text of oclif.manifest.json: from it the built program knows its commands without loading them. */
export async function manifestText(root: string): Promise<string> {
  return `${JSON.stringify(await listCommands(root, './dist/commands'), null, 2)}\n`;
}
