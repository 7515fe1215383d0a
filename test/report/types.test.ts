import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Field, fieldName, fieldsOf} from '../../src/report/fields.ts';

const source = readFileSync('src/report/types.ts', 'utf8');
const types: [type: string, parent: Parameters<typeof fieldsOf>[0]][] = [
  ['Report', ''],
  ['NodeReport', 'nodes'],
  ['Capacity', 'nodes.capacity'],
  ['Extension', 'extensions'],
];
const rowOf = ({path, required, type}: Field) => `${fieldName(path)}${required ? '' : '?'}: ${type}`;

for (const [type, parent] of types) {
  test(`${type} is the table of fields${parent && ` below ${parent}`}, in its order`, () => {
    const body = new RegExp(`^export interface ${type} \\{\\n([^}]*)\\}`, 'm').exec(source)![1]!;
    const members = [...body.matchAll(/^ {2}(\w+\??): ([^;]+);$/gm)].map(
      ([, name, type]) => `${name}: ${type!.endsWith('[]') ? 'list' : type}`,
    );
    assert.equal(members, fieldsOf(parent).map(rowOf));
  });
}

test.run();
