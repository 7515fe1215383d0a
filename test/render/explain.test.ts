import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {renderExplain} from '../../src/render/explain.ts';
import {type Field, fields} from '../../src/report/fields.ts';
import type {NodeReport} from '../../src/report/types.ts';
import {nodeReports, plain, report} from './facts.ts';

const full = report({
  masterVersion: 'v1.33.2',
  nodes: nodeReports(300),
  extensions: [{name: 'seldon-core-version', value: 'x'.repeat(500)}],
});

for (const width of [40, 80, 200]) {
  test(`no line is longer than ${width}`, () => {
    for (const line of renderExplain(full, width, plain).split('\n')) assert.ok(line.length <= width, line);
  });
}
for (const {path, why, source, since, required} of fields as readonly Field[]) {
  test(`${path} with why, from where, since when`, () => {
    const text = renderExplain(report(), 1000, plain);
    const always = path.includes('.') ? 'in every item' : 'always there';
    const optional = required ? always : `optional: --omit ${path}`;
    assert.match(text, `${path}: `);
    assert.match(text, `\n  Why: ${why}.\n  From: ${source}.\n  Since ${since}, ${optional}.\n`);
  });
}

const node = (rest: Partial<NodeReport>): NodeReport => ({id: 'i', ...rest});
const values: [what: string, report: Parameters<typeof report>[0], line: string][] = [
  ['a value', {masterVersion: 'v1'}, 'masterVersion: v1'],
  ['none', {}, 'masterVersion: not in this report'],
  ['no list', {}, 'nodes: not in this report'],
  ['a list', {nodes: [node({}), node({})]}, 'nodes: 2 items'],
  ['an item', {nodes: [node({})]}, 'nodes: 1 item'],
  [
    'a value of several',
    {nodes: [node({osImage: 'A'}), node({osImage: 'A'}), node({osImage: 'B'})]},
    'nodes.osImage: A (2 times), B',
  ],
  [
    'many values',
    {nodes: 'abcde'.split('').map((osImage) => node({osImage}))},
    'nodes.osImage: a, b, c, and 2 other values',
  ],
  ['an empty one', {extensions: [{name: 'a', value: ''}]}, 'extensions.value: (empty)'],
  ['a hostile one', {masterVersion: '\u001b[2Jv\n1'}, 'masterVersion: v 1'],
  ['a name of Object', {nodes: [node({osImage: 'constructor'})]}, 'nodes.osImage: constructor'],
];
for (const [what, one, line] of values) {
  test(`values: ${what}`, () => assert.ok(renderExplain(report(one), 200, plain).split('\n').includes(line)));
}

test.run();
