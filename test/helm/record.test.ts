import {gzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {decodeRecord, mostUnpacked} from '../../src/helm/record.ts';
import {chartProblems} from '../../src/helm/record-checks.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of every kind
type Any = any;

const record = (more: object = {}): Any => ({
  name: 'core',
  namespace: 'seldon',
  version: 1,
  info: {status: 'deployed'},
  chart: {
    metadata: {name: 'seldon-core-operator', version: '1.18.2'},
    templates: [],
    values: {},
    files: [],
    schema: null,
  },
  config: {},
  manifest: '',
  ...more,
});
const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
const packed = (value: unknown) => base64(gzipSync(JSON.stringify(value)));
const chart = (more: object) => record({chart: {...record().chart, ...more}});

const read: [name: string, encoded: string][] = [
  ['packed', packed(record())],
  ['plain JSON, as old ones are', base64(JSON.stringify(record()))],
  ['without values and files', packed(chart({values: null, templates: null, files: null}))],
  ['an empty file', packed(chart({files: [{name: 'a', data: null}]}))],
  ['hooks that are null', packed(record({hooks: null, config: null}))],
];
for (const [name, encoded] of read)
  test(`reads: ${name}`, () => assert.is(decodeRecord(encoded, 'x')?.record.name, 'core'));

test('a record of another chart is not read', () => {
  const other = record({chart: {...record().chart, metadata: {name: 'nginx', version: '1'}}, manifest: 7});
  assert.is(decodeRecord(packed(other), 'x', ['seldon-core-operator']), undefined);
  assert.ok(decodeRecord(packed(record()), 'x', ['seldon-core-operator']));
});

test('a number that JavaScript can’t hold stays', () => {
  const text = JSON.stringify(record()).replace('"config":{}', '"config":{"a":9007199254740993}');
  assert.match(JSON.stringify(decodeRecord(base64(text), 'x')!.record.config), /9007199254740993/);
});

const zeros = (size: number) => base64(gzipSync(Buffer.alloc(size, 0x20)));
const refused: [name: string, encoded: string, says: RegExp][] = [
  ['nothing', '', /not JSON/],
  ['a manifest that Go alone sees', packed({...record(), MANIFEST: 'a: b'}), /"MANIFEST".* Go takes for another/],
  ['hooks that Go alone sees', packed({...record(), 'hook\u017f': []}), /Go takes for another/],
  ['a status that Go alone sees', packed(record({info: {status: 'deployed', Status: 'failed'}})), /"Status"/],
  ['templates that Go alone sees', packed(chart({Templates: []})), /"Templates"/],
  ['a type that Go alone sees', packed(chart({metadata: {name: 'a', version: '1', Type: 'library'}})), /"Type"/],
  ['a file that Go alone sees', packed(chart({files: [{name: 'a', data: '', Data: 'eA=='}]})), /"Data"/],
  ['a hook that Go alone sees', packed(record({hooks: [{manifest: '', Manifest: 'a'}]})), /"Manifest"/],
  ['text', base64('Hello'), /not JSON/],
  ['JSON that is cut off', base64(JSON.stringify(record()).slice(0, -5)), /not JSON/],
  ['gzip that is cut off', base64(gzipSync(JSON.stringify(record())).subarray(0, 40)), /not gzip|unexpected end/],
  [
    'gzip that is damaged',
    base64(Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(40, 7)])),
    /not gzip|header/,
  ],
  ['what unpacks to 255 MB', zeros(255e6), /unpacks to more than 14680064 bytes/],
  ['what unpacks to a byte more', zeros(mostUnpacked + 1), /unpacks to more than/],
  ['what takes more than a Secret', base64(Buffer.alloc(4e6, 0x20)), /it takes 5333336 bytes/],
  ['brackets', base64(gzipSync(`${'['.repeat(1e6)}`)), /nested deeper than 100/],
  ['values', base64(gzipSync(`[${'1,'.repeat(1e6)}1]`)), /more than 100000 values/],
  ['a list', packed([]), /not an object/],
  ['null', packed(null), /not an object/],
  ...Object.entries({
    name: [null, 7, {}],
    version: ['1', 1.5, null],
    manifest: [null, {}, 7],
    info: [null, {}, {status: ''}, {status: {}}, {status: 'deployed', last_deployed: 7}],
    config: [[], 'a', 7],
    hooks: ['a', [null], [{}], [{manifest: 7}]],
    chart: [
      null,
      {},
      {metadata: null},
      {metadata: {name: 7, version: '1'}},
      {metadata: {name: 'a'}},
      {metadata: {name: 'a', version: '1', annotations: {a: {}}}},
      {metadata: {name: 'a', version: '1', dependencies: 7}},
      {...record().chart, templates: {}},
      {...record().chart, templates: [null]},
      {...record().chart, templates: [{name: 7, data: ''}]},
      {...record().chart, files: [{name: 'a', data: {}}]},
      {...record().chart, values: []},
      {...record().chart, schema: {}},
    ],
  }).flatMap(([part, values]) =>
    values.map((value): [string, string, RegExp] => [
      `${part}: ${JSON.stringify(value).slice(0, 60)}`,
      packed(record({[part]: value})),
      new RegExp(`its ${part} is missing`),
    ]),
  ),
];
for (const [name, encoded, says] of refused)
  test(`refuses: ${name}`, () =>
    assert.throws(
      () => decodeRecord(encoded, 'seldon/x'),
      (error: Error) => error instanceof UserError && error.code === 'input' && says.test(error.message),
    ));

const file = (name: string) => ({name, data: ''});
const schema = (value: unknown) => ({templates: null, files: null, schema: base64(JSON.stringify(value))});
const problems: [name: string, chart: Parameters<typeof chartProblems>[0], says: RegExp][] = [
  ...[
    'charts/evil/Chart.yaml',
    'charts/evil.tgz',
    'charts',
    'Charts/evil/templates/a.yaml',
    'Chart.yaml',
    'chart.yaml',
    'values.yaml',
    'VALUES.YAML',
    'values.schema.json',
    'values.yaml.',
    '../evil',
    'templates/../charts/a',
    'templates/../../a',
    './charts/a',
    'templates//a.yaml',
    'templates/./a.yaml',
    '/etc/passwd',
    'C:/a',
    'templates\\a.yaml',
    '..\\a',
    'templates/a\0.yaml',
    'templates/a\n.yaml',
    '',
    '.',
    'templates/',
  ].map((name): [string, Parameters<typeof chartProblems>[0], RegExp] => [
    `a file ${JSON.stringify(name)}`,
    {templates: [file(name)], files: null, schema: null},
    /^its file ".*" (?:has a character|leads out|takes the place)/,
  ]),
  ['a file twice', {templates: [file('templates/a'), file('templates/a')], files: null, schema: null}, /twice/],
  [
    'a template that is a file too',
    {templates: [file('templates/a')], files: [file('templates/a')], schema: null},
    /twice/,
  ],
  [
    'two names for some file systems',
    {templates: [file('templates/A'), file('templates/a')], files: null, schema: null},
    /twice/,
  ],
  ['two spellings of a letter', {templates: [file('a/\u00e9'), file('a/e\u0301')], files: null, schema: null}, /twice/],
  ['a schema that is no JSON', {templates: null, files: null, schema: base64('{} {"$ref": "http://a"}')}, /not JSON/],
  ...[
    {$ref: 'http://evil.example/x'},
    {$ref: 'https://evil.example/x#/a'},
    {$ref: 'file:///etc/passwd'},
    {$ref: '//evil.example'},
    {$ref: 'other.json'},
    {$ref: '/other.json#/a'},
    {properties: {a: {items: [{anyOf: [{$ref: 'http://evil.example'}]}]}}},
    {definitions: {$ref: {$ref: 'http://evil.example'}}},
    {enum: [{$ref: 'http://evil.example'}]},
    {$dynamicRef: 'http://evil.example'},
    {$recursiveRef: 'http://evil.example'},
    {$id: 'http://evil.example/', $ref: '#/a'},
    {properties: {a: {$id: 'other.json', $ref: '#/b'}}},
    {id: 'http://evil.example/'},
    {$schema: 'http://evil.example/schema#'},
    {$schema: 'http://json-schema.org.evil.example/draft-07/schema#'},
  ].map((value): [string, Parameters<typeof chartProblems>[0], RegExp] => [
    `a schema ${JSON.stringify(value)}`,
    schema(value),
    /^its schema of the values has \$?\w+ "/,
  ]),
];
for (const [name, parts, says] of problems)
  test(`no part of a chart: ${name}`, () => assert.match(chartProblems(parts).join('\n'), says));

const sound: [name: string, chart: Parameters<typeof chartProblems>[0]][] = [
  [
    'the files of a chart',
    {
      templates: [
        file('templates/a.yaml'),
        file('templates/_b.tpl'),
        file('templates/tests/a.yaml'),
        file('templates/NOTES.txt'),
      ],
      files: [
        file('.helmignore'),
        file('README.md'),
        file('crds/a.yaml'),
        file('files/charts/a'),
        file('docs/values.yaml'),
        file('Chart.lock'),
      ],
      schema: null,
    },
  ],
  [
    'references inside',
    schema({
      $schema: 'http://json-schema.org/draft-07/schema#',
      $ref: '#/definitions/a',
      definitions: {a: {$id: '#a'}},
    }),
  ],
  ['a property named id', schema({properties: {id: {type: 'string'}, $ref: {type: 'string'}}})],
  ['the newest draft', schema({$schema: 'https://json-schema.org/draft/2020-12/schema', $dynamicRef: '#a'})],
];
for (const [name, parts] of sound) test(`sound: ${name}`, () => assert.equal(chartProblems(parts), []));

test.run();
