import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {table} from '../../src/render/table.ts';

const columns = [{title: 'ID'}, {title: 'What', share: 1}, {title: 'N'}];

test('columns are as wide as their cells, without borders and trailing blanks', () =>
  assert.is(
    table(
      columns,
      [
        ['a1', 'short', '10'],
        ['b', '', '2'],
      ],
      80,
    ),
    'ID  What   N\na1  short  10\nb          2',
  ));
test('the column with a share breaks at words, the others stay whole', () =>
  assert.is(
    table(columns, [['a1', 'several words to break here', '10']], 24),
    'ID  What              N\na1  several words to  10\n    break here',
  ));
test('a word that is wider than its column goes on in the next line, whole', () =>
  assert.is(
    table(columns, [['a1', 'to https://usage.example.com/', '1']], 19),
    'ID  What          N\na1  to            1\n    https://usag\n    e.example.co\n    m/',
  ));
test('a table without rows is its titles', () => assert.is(table(columns, [], 80), 'ID  What  N'));
test('no colours by itself', () => assert.not.match(table(columns, [['a', 'b', 'c']], 80), /\u001b/));

test.run();
