import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {renderError} from '../../src/render/error.ts';

const command = 'kubectl create clusterrolebinding list-nodes:you --clusterrole=list-nodes --user=you';
const error = new UserError(
  'cluster',
  'The user may not list the nodes of this cluster, which is all that a report needs.',
  {
    suggestions: ['Whoever administers the cluster can grant that with two commands:', command],
  },
);

test('at 60 columns words stay whole and a command is one line', () => {
  const lines = renderError(error, [], 60).trimEnd().split('\n');
  assert.ok(lines.includes(`  ${command}`));
  for (const line of lines.filter((line) => line.trim() !== command)) assert.ok(line.length <= 60, line);
  assert.is(lines.map((line) => line.trim()).join(' '), `Error: ${error.message} ${error.suggestions.join(' ')}`);
});
test('a bug is told with its frames, and with no line of its message besides', () => {
  const text = renderError(
    new Error('first\nsecond\u001b[31m\n    at third'),
    ['Report it.'],
    Number.POSITIVE_INFINITY,
  );
  const [head, ...rest] = text.trimEnd().split('\n');
  assert.is(head, 'Error: first …');
  assert.is(rest.pop(), '  Report it.');
  for (const line of rest) assert.match(line, /^ {4}at .*:\d+:\d+\)?$/);
});
test('without a terminal each is one line', () =>
  assert.is(renderError(error, [], Number.POSITIVE_INFINITY).split('\n').length, 4));

test.run();
