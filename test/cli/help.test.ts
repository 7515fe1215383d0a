import {Config} from '@oclif/core/config';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {ProgramHelp} from '../../src/cli/help.ts';

const config = await Config.load({root: process.cwd()});

/** The lines of the help of a command; without one, of the program. */
async function linesOf(id: string | undefined, columns: number): Promise<string[]> {
  let text = '';
  class Caught extends ProgramHelp {
    protected override log(...args: string[]): void {
      const {write} = process.stdout;
      process.stdout.write = ((part: string) => {
        text += part;
        return true;
      }) as typeof write;
      super.log(...args);
      process.stdout.write = write;
    }
  }
  await new Caught(config, columns).showHelp(id === undefined ? [] : [id]);
  return text.trimEnd().split('\n');
}

const examples = new Set(
  config.commands.flatMap(({examples = []}) => examples as string[]).map((one) => one.split('%>').at(-1)!),
);

for (const id of [undefined, ...config.commandIDs]) {
  test(`${id ?? 'the program'} at 60 columns: no line is longer, but for an example and a word that is`, async () => {
    const lines = await linesOf(id, 60);
    for (const line of lines.filter((line) => line.length > 60)) {
      const isExample = [...examples].some((end) => line.endsWith(end)) && line.includes('seldon-usage ');
      assert.ok(isExample || !line.trim().includes(' '), line);
    }
  });
  test(`${id ?? 'the program'} at 60 columns: the words of 200 columns, in their order`, async () => {
    const wordsOf = (lines: string[]) => lines.join(' ').split(/\s+/).sort().join(' ');
    assert.is(wordsOf(await linesOf(id, 60)), wordsOf(await linesOf(id, 200)));
  });
}

test('an example can be pasted: it is a line without a prompt', async () => {
  const lines = await linesOf('collect', 60);
  assert.ok(
    lines.includes('  kubectl get nodes -o json | seldon-usage collect --nodes - --cluster-id $(uuidgen)'),
    lines.join('\n'),
  );
});

test.run();
