#!/usr/bin/env node
// Starts the program from its source, for development: Node strips the types, oclif loads src/commands.
import {dirname} from 'node:path';
import manifest from '../package.json' with {type: 'json'};
import {main} from '../src/cli/main.ts';

// oclif would otherwise transpile by itself.
process.env.NODE_ENV = 'production';
const commands = {...manifest.oclif.commands, target: './src/commands'};
await main(process.argv.slice(2), dirname(import.meta.dirname), {
  pjson: {...manifest, oclif: {...manifest.oclif, commands}},
});
