// The start of the single executable, as bin/run.js is of the package: bundled by build/sea.ts with everything it may load.
import '../src/cli/no-debug.ts';
import listed from '../oclif.manifest.json' with {type: 'json'};
import manifest from '../package.json' with {type: 'json'};
import {completeWord, printCompletion} from '../src/cli/complete.ts';
import {main} from '../src/cli/main.ts';
import type {ListedCommand, Program} from '../src/cli/program.ts';
import {postRenderWord} from '../src/host/built.ts';

const argv = process.argv.slice(2);

/** The program of package.json, with commands that are part of this file. */
const program: Program = {
  ...manifest,
  commands: async () => Object.values(listed.commands) as unknown as ListedCommand[],
  async load(id) {
    const [, , ...path] = listed.commands[id as keyof typeof listed.commands].relativePath;
    const file = path.join('/').replace(/\.js$/, '');
    return (await import(`../src/commands/${file}.ts`)).default;
  },
};

async function start(): Promise<void> {
  if (argv[0] === postRenderWord) {
    await import('../src/helm/post-renderer.ts');
    return;
  }
  if (argv[0] === completeWord) {
    const {knownNames} = await import('../src/operations/known-names.ts');
    printCompletion(argv.slice(1), listed.commands, knownNames);
    return;
  }
  await main(argv, program);
}

void start();
