import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {columns, flags, sizes, stored, told, words} from '../../src/collector/columns.ts';
import {clusterFacts} from '../../src/collector/facts.ts';
import {pack, unpack} from '../../src/collector/messages.ts';
import {questions} from '../../src/collector/series.ts';
import {fields} from '../../src/report/index.ts';

const facts = clusterFacts({version: 'v', timestamp: '1', clusterID: 'c', nodes: []});

test('facts have a value for each stored column, of its type', () => {
  assert.equal(Object.keys(facts).sort(), [...stored].sort());
  for (const {name, type} of columns) {
    if (type === 'size') continue;
    assert.type(facts[name], type === 'word' ? 'string' : type === 'flag' ? 'boolean' : 'number', name);
  }
});

test('a packed report is the same when it is unpacked', () => {
  const report = {cluster: 'c', received: 5, body: '{}', facts: {...facts, nodes: 3, clamped: true}, network: 7};
  assert.equal(unpack(pack(report)), report);
});

test('each column has its question, and comes from fields that are collected', () => {
  for (const {name, from} of columns) {
    assert.ok(
      questions.some((question) => question.name === name),
      name,
    );
    for (const path of from)
      assert.ok(
        fields.some((field) => field.path === path),
        path,
      );
  }
});

test('words are told apart, flags are counted, sizes go up', () => {
  assert.ok(words.every((word) => (told as readonly string[]).includes(word)));
  assert.ok(flags.every((flag) => !(told as readonly string[]).includes(flag)));
  assert.equal(
    sizes.map(([, most]) => most),
    sizes.map(([, most]) => most).toSorted((a, b) => a - b),
  );
});

test.run();
