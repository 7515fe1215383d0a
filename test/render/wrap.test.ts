import {Chalk} from 'chalk';
import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {asCalled, calledAs, wrap} from '../../src/render/wrap.ts';

const cases: [indent: string, text: string, width: number, lines: string[]][] = [
  ['', '', 20, ['']],
  ['', 'one two', 20, ['one two']],
  ['', 'one two three', 9, ['one two', 'three']],
  ['  ', 'one two three four', 11, ['  one two', '  three', '  four']],
  ['3 × ', 'one two three', 14, ['3 × one two', '    three']],
  ['', 'exactly ten', 11, ['exactly ten']],
  ['  ', 'abcdefghijklmnopqrst u', 12, ['  abcdefghij', '  klmnopqrst', '  u']],
  ['Label    ', 'a 123456789012 b', 16, ['Label    a', '    123456789012', '         b']],
  ['Label    ', '1234567890123456', 16, ['Label', '1234567890123456']],
  ['', '日本語 日本語', 12, ['日本語', '日本語']],
  ['', '日本語 日本語', 13, ['日本語 日本語']],
  ['', '日本語日本語日本語', 9, ['日本語日', '本語日本', '語']],
];
for (const [indent, text, width, lines] of cases) {
  test(`${JSON.stringify(indent + text)} in ${width}`, () => assert.equal(wrap(indent, text, width), lines));
}

test('a word that no line can hold is kept where that is wanted', () =>
  assert.equal(wrap('  ', 'a abcdefghijklmnopqrst u', 12, 'keep'), ['  a', '  abcdefghijklmnopqrst', '  u']));

test('colours take no room', () => {
  const {bold} = new Chalk({level: 1});
  assert.equal(wrap('', `${bold('one')} two`, 8).length, 1);
});

test('no line is wider than asked for, and no character is lost', () => {
  const text = fc.array(fc.string({unit: 'grapheme-ascii'}), {maxLength: 30}).map((words) => words.join(' '));
  fc.assert(
    fc.property(text, fc.integer({min: 10, max: 100}), (text, width) => {
      const lines = wrap('  ', text, width);
      for (const line of lines) assert.ok(line.length <= width, line);
      assert.is(lines.join('').replaceAll(' ', ''), text.replaceAll(' ', ''));
    }),
  );
});

for (const [hint, called] of [
  ['Try seldon-usage send --pending.', 'Try kubectl seldon-usage send --pending.'],
  ['kubectl seldon-usage show', 'kubectl seldon-usage show'],
  ['the ConfigMap seldon-usage in kube-system', 'the ConfigMap seldon-usage in kube-system'],
  ['seldon-usage needs Node.js', 'seldon-usage needs Node.js'],
] as const)
  test(`by kubectl: ${hint}`, () => {
    assert.is(asCalled(hint, calledAs('seldon-usage', ['node', '/bin/kubectl-seldon_usage'])), called);
    assert.is(asCalled(hint, calledAs('seldon-usage', ['node', '/bin/seldon-usage'])), hint);
  });

test.run();
