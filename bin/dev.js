#!/usr/bin/env node
// Starts the program from its source, for development: Node strips the types, oclif loads src/commands.
process.env.NODE_ENV = 'development';
const {main} = await import('../src/cli/main.ts');
await main(process.argv.slice(2), import.meta.dirname);
