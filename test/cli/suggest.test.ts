import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {nearest} from '../../src/cli/suggest.ts';
import {run} from '../program.ts';

const words = ['show', 'send', 'serve', 'serve:backup', 'kubeconfig'];
const cases: [typed: string, meant: string | undefined][] = [
  ['shwo', 'show'],
  ['Send', 'send'],
  ['serve:backpu', 'serve:backup'],
  ['kubconfig', 'kubeconfig'],
  ['xyzzy', undefined],
  ['x', undefined],
];
for (const [typed, meant] of cases) test(`${typed}: ${meant}`, () => assert.is(nearest(typed, words), meant));

const calls: [args: string[], said: RegExp][] = [
  [['shwo'], /There is no command shwo\.\n +Did you mean: seldon-usage show\n/],
  [['serve', 'backpu'], /There is no command serve backpu\.\n +Did you mean: seldon-usage serve backup\n/],
  [['show', '--kubconfig', 'x'], /Nonexistent flag: --kubconfig\n +Did you mean: --kubeconfig\n/],
];
for (const [args, said] of calls) test(`seldon-usage ${args.join(' ')}`, () => assert.match(run(args).stderr, said));

test.run();
