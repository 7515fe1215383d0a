// `npm run demo`: the report of the example cluster, and what to try next.
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';

const program = join(import.meta.dirname, '../bin/run.js');
const nodes = join(import.meta.dirname, 'nodes.json');
const id = '846db7e9-c861-43d7-8d08-31578af59878';
const args = [
  'show',
  '--nodes',
  nodes,
  '--cluster-id',
  id,
  '--server-version',
  'v1.33.2',
  '--seldon-version',
  '1.18.2',
];

console.log(`$ seldon-usage ${args.map((arg) => (arg === nodes ? 'examples/nodes.json' : arg)).join(' ')}\n`);
execFileSync(process.execPath, [program, ...args], {stdio: 'inherit'});
console.log(`
Now on a cluster of your own, with the context that kubectl uses (nothing is sent, nothing is changed):

  bin/run.js show
  bin/run.js show --explain
`);
