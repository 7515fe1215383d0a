#!/usr/bin/env node
// Starts the program from its source, for development: Node strips the types, oclif lists what is in src/commands.
import {dirname} from 'node:path';
import {main} from '../src/cli/main.ts';
import {programIn} from '../src/cli/program.ts';

// oclif would otherwise transpile by itself.
process.env.NODE_ENV = 'production';
const root = dirname(import.meta.dirname);
const listed = async () => (await import('../build/manifest.ts')).listCommands(root, './src/commands');
await main(process.argv.slice(2), programIn(root, listed));
