// The start of the single executable, as bin/run.js is of the package: bundled by build/sea.ts with everything it may load.
import '../src/cli/no-debug.ts';
import {dirname} from 'node:path';
import {setFlagsFromString} from 'node:v8';
import type {Interfaces} from '@oclif/core';
import {Plugin} from '@oclif/core/config';
import commands from '../oclif.manifest.json' with {type: 'json'};
import manifest from '../package.json' with {type: 'json'};
import {completeWord, printCompletion} from '../src/cli/complete.ts';
import {main} from '../src/cli/main.ts';
import {postRenderWord} from '../src/host/built.ts';

const root = dirname(process.execPath);
const argv = process.argv.slice(2);

/** oclif finds a command by its file, which is part of this one here. */
async function plugin(): Promise<Interfaces.Plugin> {
  const made: Plugin = new Plugin({root, type: 'core', isRoot: true, pjson: manifest as unknown as Interfaces.PJSON});
  Object.assign(made, {
    async _manifest() {
      made.commandIDs = Object.keys(commands.commands);
      return commands;
    },
    async findCommand(id: string) {
      const [, , ...path] = commands.commands[id as keyof typeof commands.commands].relativePath;
      const file = path.join('/').replace(/\.js$/, '');
      const {default: command} = await import(`../src/commands/${file}.ts`);
      return Object.assign(command, {id, plugin: made});
    },
  });
  await made.load();
  return made;
}

async function start(): Promise<void> {
  if (argv[0] === postRenderWord) {
    await import('../src/helm/post-renderer.ts');
    return;
  }
  if (argv[0] === completeWord) {
    const {knownNames} = await import('../src/operations/known-names.ts');
    printCompletion(argv.slice(1), commands.commands, knownNames);
    return;
  }
  // bin/run.js says why.
  if (!argv.some((word) => word === 'serve' || /^--period(=|$)/.test(word))) {
    setFlagsFromString('--semi-space-growth-factor=1');
    setFlagsFromString('--no-opt');
    setFlagsFromString('--no-parallel-scavenge');
    setFlagsFromString('--no-concurrent-array-buffer-sweeping');
  }
  await main(argv, root, {pjson: manifest as unknown as Interfaces.PJSON, plugin});
}

void start();
