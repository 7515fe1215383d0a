import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {commandHelp} from '../../src/cli/help.ts';
import {programIn} from '../../src/cli/program.ts';

const commands = await programIn(process.cwd()).commands();

/** The lines of the help of a command. */
function linesOf(id: string, columns: number): string[] {
  return commandHelp(commands.find((one) => one.id === id)!, commands, columns)
    .trimEnd()
    .split('\n');
}

const examples = new Set(
  commands.flatMap(({examples = []}) => examples as string[]).map((one) => one.split('%>').at(-1)!),
);

for (const {id} of commands) {
  test(`${id} at 60 columns: no line is longer, but for an example and a word that is`, () => {
    const lines = linesOf(id, 60);
    for (const line of lines.filter((line) => line.length > 60)) {
      const isExample = [...examples].some((end) => line.endsWith(end)) && line.includes('seldon-usage ');
      assert.ok(isExample || !line.trim().includes(' '), line);
    }
  });
  test(`${id} at 60 columns: the words of 200 columns, in their order`, () => {
    const wordsOf = (lines: string[]) => lines.join(' ').split(/\s+/).sort().join(' ');
    assert.is(wordsOf(linesOf(id, 60)), wordsOf(linesOf(id, 200)));
  });
}

test('below a command of its own are those of two words, and nothing else', () => {
  const after = linesOf('serve', 80).slice(linesOf('serve', 80).indexOf('COMMANDS') + 1);
  const names = after.map((line) => /^ {2}(serve \w+) /.exec(line)?.[1]).filter((name) => name !== undefined);
  assert.equal(
    names,
    commands.filter(({id}) => id.startsWith('serve:')).map(({id}) => id.replace(':', ' ')),
  );
  assert.not.ok(linesOf('show', 80).includes('COMMANDS'));
});

test('an example can be pasted: it is a line without a prompt', () => {
  const lines = linesOf('collect', 60);
  assert.ok(
    lines.includes('  kubectl get nodes -o json | seldon-usage collect --nodes - --cluster-id $(uuidgen)'),
    lines.join('\n'),
  );
});

test.run();
