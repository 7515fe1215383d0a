import {globSync, readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Column, sizes} from '../../src/collector/columns.ts';
import {clusterFacts} from '../../src/collector/facts.ts';
import {eventFacts} from '../../src/collector/hodometer/facts.ts';
import {kindNames, kinds} from '../../src/collector/kinds.ts';
import {pack, unpack} from '../../src/collector/messages.ts';
import {questions} from '../../src/collector/series.ts';
import {properties} from '../../src/report/hodometer/properties.ts';
import {fields} from '../../src/report/index.ts';

const facts = {
  spartakus: clusterFacts({version: 'v', timestamp: '1', clusterID: 'c', nodes: []}),
  hodometer: eventFacts({}),
};
const sources = {spartakus: fields.map(({path}) => path as string), hodometer: properties.map(({name}) => name)};

for (const kind of kindNames) {
  const {columns, flags, stored, told, words} = kinds[kind];

  test(`${kind}: facts have a value for each stored column, of its type`, () => {
    assert.equal(Object.keys(facts[kind]).sort(), [...stored].sort());
    for (const {name, type} of columns as readonly Column[]) {
      if (type === 'size' || type === 'seen') continue;
      const value = (facts[kind] as Record<string, unknown>)[name];
      assert.type(value, type === 'word' ? 'string' : type === 'flag' ? 'boolean' : 'number', name);
    }
  });

  test(`${kind}: a packed report is the same when it is unpacked`, () => {
    const report = {kind, cluster: 'c', received: 5, body: '{}', facts: {...facts[kind], clamped: true}, network: 7};
    assert.equal(unpack(pack(report, 7)), report);
    assert.equal(unpack(pack({...report, once: 'x'}, 7)), {...report, once: 'x'});
  });

  test(`${kind}: each column has its question, and comes from fields that are collected`, () => {
    const asked = questions.filter((question) => question.kind === kind).map(({name}) => name.replace('core2-', ''));
    for (const {name, from} of columns) {
      assert.ok(asked.includes(name), name);
      for (const path of from) assert.ok(sources[kind].includes(path), path);
    }
  });

  test(`${kind}: words are told apart, flags are counted`, () => {
    assert.ok(words.every((word) => (told as readonly string[]).includes(word)));
    assert.ok(flags.every((flag) => !(told as readonly string[]).includes(flag)));
  });
}

test('what a column says of another is true of its kind', () => {
  for (const {columns, amounts, words} of Object.values(kinds))
    for (const {name, type, bucketOf, toldBy, isVersion, listed} of columns) {
      assert.is(type === 'size', bucketOf !== undefined, name);
      if (bucketOf !== undefined) assert.ok(amounts.includes(bucketOf), name);
      if (toldBy !== undefined) assert.ok(amounts.includes(name) && words.includes(toldBy), name);
      if (isVersion) assert.ok(words.includes(name), name);
      if (listed) assert.ok([...words, ...amounts].includes(name), name);
    }
});

// One table: who else knows a column by its name tells a fact of it once more.
test('neither engines nor questions name a column', () => {
  const names = new Set(Object.values(kinds).flatMap(({stored}) => stored));
  // Words of SQL, of tables and of the contract that mean something else.
  for (const other of ['version', 'memory', 'nodes', 'os', 'architecture']) names.delete(other);
  const named = new RegExp(`(?<![\\w./-])(?:${[...names].join('|')})(?![\\w./-])`);
  const files = globSync('src/collector/{statistics,series,cells,fold,messages}.ts').concat(
    globSync('src/collector/{store/sqlite,store/postgres,sink,move}/*.ts'),
  );
  assert.ok(files.length > 60);
  const found = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => named.test(line.replace(/^\s*(?:\/?\*|\/\/).*/, '')))
      .map((line) => `${file}: ${line.trim()}`),
  );
  // A migration that was released stays as it is.
  assert.equal(
    found.filter((line) => !line.startsWith('src/collector/store/sqlite/schema.ts')),
    [],
  );
});

test('sizes go up', () => {
  assert.equal(
    sizes.map(([, most]) => most),
    sizes.map(([, most]) => most).toSorted((a, b) => a - b),
  );
});

test.run();
