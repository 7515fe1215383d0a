// What is printed to the byte for programs must not speak to a terminal; script(1) makes one.
import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clusterID, sampleReport} from '../delivery/sandbox.ts';
import {folder, run} from '../program.ts';

const program = join(import.meta.dirname, '../../bin/run.js');
const hostile = '\u001b]0;title\u0007\u001b[2J\u009b31m\u202e';

/** What a terminal is given. */
function onTerminal(args: string, home: string): string {
  const line = `"${process.execPath}" "${program}" ${args}`;
  const env = {PATH: process.env.PATH, HOME: home, SHELL: '/bin/sh'};
  return spawnSync('script', ['-qec', line, '/dev/null'], {env, encoding: 'utf8', timeout: 60_000}).stdout;
}

/** A home in which somebody has put a report, and a line of the ledger that fits it. */
function homeWith(bytes: string, sha256 = createHash('sha256').update(bytes).digest('hex')): string {
  const home = mkdtempSync(join(folder, 'print-'));
  const state = join(home, '.local/state/seldon-usage');
  mkdirSync(join(state, 'sent'), {recursive: true});
  writeFileSync(join(state, 'sent/a.json'), bytes);
  const line = {
    id: 'a',
    time: '2026-01-02T03:04:05.000Z',
    outcome: 'delivered',
    destination: 'https://c.example/api/v1',
  };
  const rest = {clusterID, bytes: Buffer.byteLength(bytes), sha256, consent: '--yes'};
  writeFileSync(join(state, 'ledger.jsonl'), `${JSON.stringify({...line, ...rest})}\n`);
  return home;
}

test('the bytes of a report reach a program as they are, and a terminal without what it would heed', () => {
  const home = homeWith(`{"osImage":"${hostile}"}\n`);
  assert.is(run(['history', 'a'], {env: {HOME: home}}).stdout, `{"osImage":"${hostile}"}\n`);
  const shown = onTerminal('history a', home);
  assert.match(shown, /\\u001b\]0;title\\u0007\\u001b\[2J\\u009b31m\\u202e/);
  assert.not.match(shown, /[\u001b\u0007\u009b\u202e]/);
});

test('bytes that are others than the ledger says are not the report', () => {
  const {status, stdout, stderr} = run(['history', 'a'], {env: {HOME: homeWith('{}', 'ab'.repeat(32))}});
  assert.equal([status, stdout], [4, '']);
  assert.match(stderr, /What is kept of a is not what was agreed to/);
});

test('a report that is shown or collected on a terminal', () => {
  const home = mkdtempSync(join(folder, 'print-'));
  const report = sampleReport(1);
  const file = join(home, 'report.json');
  const nodes = report.nodes!.map((node) => ({...node, osImage: '\u009b31m\u202ered'}));
  writeFileSync(file, JSON.stringify({...report, nodes}));
  const shown = onTerminal(`show ${file} --json`, home);
  assert.match(shown, /\\u009b31m\\u202ered/);
  assert.not.match(shown, /[\u009b\u202e]/);
  assert.match(run(['show', file, '--json'], {env: {HOME: home}}).stdout, /"\u009b31m\u202ered"/);
});

test.run();
