// Every example of every command's help, and every line of a shell in the README and the guides, run as it stands there.
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import manifest from '../../oclif.manifest.json' with {type: 'json'};
import {rigSuite} from '../rig/available.ts';
import {inOrder, play, whyNotRun} from './lines.ts';
import {type Stage, setStage} from './stage.ts';

const root = join(import.meta.dirname, '../..');
const test = rigSuite<{stage: Stage}>('examples and guides', ['apiserver', 'helm3', 'kubectl']);
test.before(async (context) => {
  context.stage = await setStage();
});
test.after(({stage}) => stage?.close());

const examples = Object.values(manifest.commands).flatMap(({id, examples = []}: {id: string; examples?: string[]}) =>
  examples.map((one) =>
    one.replaceAll('<%= config.bin %>', 'seldon-usage').replaceAll('<%= command.id %>', id.replaceAll(':', ' ')),
  ),
);
const guides = globSync(['*.md', 'docs/*.md'], {cwd: root}).flatMap((document) =>
  [...readFileSync(join(root, document), 'utf8').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
    block
      .replaceAll('\\\n', '')
      .split('\n')
      .filter((line) => line !== ''),
  ),
);

test('help has examples, and the guides have lines', () => assert.ok(examples.length > 30 && guides.length > 20));
for (const line of inOrder([...examples, ...guides])) {
  if (whyNotRun(line)) continue;
  test(line, async ({stage}) => {
    await play(stage, line);
  });
}

test.run();
