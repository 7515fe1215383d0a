// Sends one report in a process of its own, and kills that process with SIGKILL before a given step: an operation that
// changes the disk. Arguments: the options of `send` as JSON, and the number of the step. Ends with 0 if it gets through.
import fs from 'node:fs';
import {syncBuiltinESMExports} from 'node:module';

const [options, step] = process.argv.slice(2) as [string, string];
let left = Number(step);

const changing = ['mkdirSync', 'writeSync', 'fsyncSync', 'renameSync', 'linkSync', 'ftruncateSync', 'rmSync'] as const;
for (const name of changing) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  (fs as unknown as Record<string, unknown>)[name] = (...args: unknown[]) => {
    if (--left === 0) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  };
}
syncBuiltinESMExports();

const {send} = await import('../../src/operations/send.ts');
const {requireDelivered} = await import('../../src/operations/delivered.ts');
const {file, urls, home} = JSON.parse(options) as {file: string; urls: string[]; home: string};
const {outcomes} = await send(
  {
    file,
    url: urls,
    yes: true,
    allowHttp: false,
    dryRun: false,
    timeout: 20_000,
    stays: false,
    collect: {connection: {}, capacity: 'known', omit: new Set()},
  },
  {env: {}, home},
);
requireDelivered(outcomes!);
