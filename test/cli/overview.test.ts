import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {overview} from '../../src/cli/overview.ts';
import {programIn} from '../../src/cli/program.ts';

const program = programIn(process.cwd());
const commands = await program.commands();
const linesAt = (columns: number) => overview(program, commands, columns).split('\n');
const wordsAt = (columns: number) => linesAt(columns).join(' ').split(/\s+/).join(' ');

for (const columns of [40, 60, 80, 200]) {
  test(`at ${columns} columns no line is longer, but for a word that is`, () => {
    for (const line of linesAt(columns).filter((line) => line.length > columns)) assert.not.match(line.trim(), / /);
  });
  test(`at ${columns} columns the words of 500 columns, in their order`, () =>
    assert.is(wordsAt(columns), wordsAt(500)));
}

test('each command is a line with its summary, and those of two words are in the help of the first', () => {
  const lines = linesAt(500);
  for (const {id, summary} of commands) {
    const row = lines.find((line) => line.trimEnd().endsWith(`  ${summary}`) && line.startsWith(`  ${id} `));
    assert.is(row !== undefined, !id.includes(':'), id);
  }
  assert.ok(lines.includes('Commands with more below them: config, history, manifests, serve.'), lines.join('\n'));
});

test.run();
