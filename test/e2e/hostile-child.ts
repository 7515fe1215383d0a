// Reads one hostile thing in a process of its own, and says how it ended and how much memory that took at its peak:
// node hostile-child.ts CASE FILE, where the file has the record
import {readFileSync} from 'node:fs';
import type {IncomingMessage} from 'node:http';
import {Readable} from 'node:stream';
import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {getJson} from '../../src/cluster/connection/request.ts';
import {readCounts} from '../../src/cluster/core2/counts.ts';
import {listItems} from '../../src/cluster/list-items.ts';
import {readNodes} from '../../src/cluster/nodes.ts';
import {UserError} from '../../src/errors.ts';
import {readManifest, requireUnambiguous} from '../../src/helm/documents.ts';
import {decodeRecord} from '../../src/helm/record.ts';
import {chartProblems} from '../../src/helm/record-checks.ts';
import {usageValue} from '../../src/helm/usage.ts';
import {checkUsage} from '../../src/helm/usage-objects.ts';
import {nodeBuilder} from '../../src/report/build.ts';
import {protobufList} from '../cluster/protobuf.ts';
import {usageDocuments, usageTexts} from '../helm/eras.ts';
import {peak, tidy} from './peak.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of every kind
type Any = any;

const record = (more: object): Any => ({
  ...{name: 'core', namespace: 'seldon', version: 1, config: {}, manifest: ''},
  info: {status: 'deployed'},
  chart: {metadata: {name: 'seldon-core-operator', version: '1.18.2'}, values: {usageMetrics: {enabled: false}}},
  ...more,
});
const pack = (text: string | Buffer) => gzipSync(text, {level: 9}).toString('base64');

/** All that is done with a record before Helm is started. */
function read(encoded: string): void {
  const {record} = decodeRecord(encoded, 'seldon/x', ['seldon-core-operator']) ?? {};
  if (!record) return;
  usageValue(record);
  chartProblems(record.chart);
  const documents = readManifest(record.manifest);
  for (const document of documents) requireUnambiguous(document);
}
const withManifest = (text: string) => pack(JSON.stringify(record({manifest: text})));
const manifest = (text: string) => read(withManifest(text));
const top = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const laughs = Array.from({length: 12}, (_, i) => `  l${i}: &a${i} [${`*a${i - 1},`.repeat(i && 9)}]\n`).join('');

/** A server that answers with the chunks of a path, for ever where they do not end. */
function answering(type: string, chunks: (path: string) => Iterable<Buffer>): Connection {
  // As a socket has it: a turn of the event loop each, in which V8 gives memory back.
  async function* turns(path: string) {
    for (const chunk of chunks(path)) {
      await new Promise((done) => setImmediate(done));
      yield chunk;
    }
  }
  return {
    ...{
      context: 'x',
      server: 'https://x',
      user: 'x',
      namespace: 'x',
      ca: '',
      way: '',
      kubeconfig: () => '',
      close() {},
    },
    wait: async () => {},
    request: async (path: string) =>
      Object.assign(Readable.from(turns(path), {objectMode: false, highWaterMark: 1}), {
        statusCode: 200,
        headers: {'content-type': type},
      }) as unknown as IncomingMessage,
  };
}
function* endless(head: string | Buffer, repeated: string | Buffer): Generator<Buffer> {
  yield Buffer.from(head);
  const one = Buffer.from(repeated);
  const chunk = Buffer.concat(Array.from({length: Math.ceil(65536 / one.length)}, () => one));
  for (;;) yield chunk;
}
/** Items with a number of seven digits in them, another one in each; of one that is made once, or all the memory were ours. */
function* numbered(head: string | Buffer, item: string | Buffer): Generator<Buffer> {
  yield Buffer.from(head);
  const one = Buffer.from(item);
  const places: number[] = [];
  for (let at = one.indexOf(digits); at >= 0; at = one.indexOf(digits, at + 1)) places.push(at);
  const chunks = Array.from({length: 8}, () => Buffer.alloc(one.length * Math.ceil(65536 / one.length), one));
  for (let i = 0, next = 0; ; next = (next + 1) % chunks.length) {
    const chunk = chunks[next]!;
    for (let from = 0; from < chunk.length; from += one.length, i++)
      for (const place of places) chunk.write(String(i).padStart(digits.length, '0'), from + place, 'latin1');
    yield chunk;
  }
}
const digits = '0000000';

/** Each of its own kind: nothing of one is kept for another. */
const node: Any = {
  metadata: {name: `node-${digits}`, uid: 'x'},
  spec: {providerID: `aws:///eu-west-1a/i-${digits}`},
  status: {
    capacity: {cpu: '8', memory: `1${digits}Ki`, pods: '110'},
    nodeInfo: {
      machineID: `m${digits}`,
      systemUUID: `u${digits}`,
      osImage: 'Linux',
      kernelVersion: '6',
      kubeletVersion: 'v1.36.3',
    },
  },
};
/** The bytes of a list of one node behind those that open it. */
const protobufItem = (item: Any) => {
  const one = protobufList([item]);
  return one.subarray(one.indexOf(Buffer.from([0x12]), one.indexOf('4711') + 4), one.length - 4);
};
/** A list of nearly 2^49 bytes. */
const openList = Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])]);
async function nodes(type: string, chunks: () => Iterable<Buffer>): Promise<void> {
  const build = nodeBuilder();
  let kept: unknown[] = [];
  await readNodes(answering(type, chunks), {
    start: () => {
      kept = [];
    },
    node: (facts) => kept.push(build(facts)),
  });
}
const protobuf = 'application/vnd.kubernetes.protobuf';
const json = 'application/json';
const list = (chunks: () => Iterable<Buffer>) => listItems(answering(json, chunks), '/x', {}, (item) => item);

/** A Server of Seldon Core 2. */
const server: Any = {
  metadata: {name: `server-${digits}`, namespace: 'x'},
  spec: {serverConfig: `config-${digits}`, replicas: 1, podSpec: {containers: [{name: 'agent', env: []}]}},
};
const endlessPage = JSON.stringify({items: Array.from({length: 250}, () => server), metadata: {continue: 'on'}});
/** Whatever the lists are, each count fails alone. Of servers something is kept: of the other kinds it is enough to read them once. */
async function counts(chunks: () => Iterable<Buffer>, ofAll = false): Promise<void> {
  const isRead = (path: string) => ofAll || /\/server(s|configs)\b/.test(path);
  const empty = [Buffer.from('{"items":[]}')];
  const found = await readCounts(
    answering(json, (path) => (isRead(path) ? chunks() : empty)),
    'x',
    'feature',
  );
  const without = Object.values(found).filter((one) => 'why' in one);
  if (without.length < (ofAll ? 8 : 5)) throw new Error('there is a count of an endless list');
}

const words = fc.constantFrom(
  ...[
    '&a ',
    '*a',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '\n',
    '\n---\n',
    ': ',
    '? ',
    '!!str ',
    '%',
    '|\n',
    '>\n',
    '#',
    ',',
    '\t',
    '\r',
    '<<: ',
    '..',
    '  ',
  ],
  ...[
    'apiVersion: v1\n',
    'kind: List\n',
    'items:\n',
    'metadata:\n  name: a\n',
    '"kind"',
    'data: ',
    '\u2028',
    '\\u',
    '0o7',
    '~',
  ],
);
const anyYaml = fc.tuple(fc.array(words, {maxLength: 60}), fc.integer({min: 1, max: 30_000})).map(([parts, times]) => {
  const text = parts.join('');
  return text.repeat(Math.min(times, Math.ceil(3_000_000 / (text.length + 1))));
});
const anyUsage = fc.tuple(fc.nat(4), fc.array(fc.tuple(fc.nat(2000), words), {maxLength: 4})).map(([which, edits]) => {
  let text = usageTexts({version: '0.4.1'})[which]!;
  for (const [at, word] of edits) text = text.slice(0, at % text.length) + word + text.slice(at % text.length);
  return text;
});

/**
 * Runs the property; whatever is thrown besides a UserError is a fault of ours. Each value is read by a process that has
 * no waste of those before: on a busy machine a hundred of them lie about, which no run of the program has read.
 */
function holds<T>(values: fc.Arbitrary<T>, work: (value: T) => void): void {
  let waste = Number.POSITIVE_INFINITY;
  fc.assert(
    fc.property(values, (value) => {
      if (waste > 1e6) {
        tidy();
        waste = 0;
      }
      waste += typeof value === 'string' ? value.length : 1000;
      try {
        work(value);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    {numRuns: 120, endOnFailure: true},
  );
}

/** Records as they are stored: made in the test's process, read in one of its own. */
export const records: Record<string, () => string> = {
  'a record of 255 MB': () => pack(Buffer.alloc(255e6, 0x20)),
  'the largest record': () => withManifest(`${top}data:\n  a: ${'x y '.repeat(3.6e6)}\n`),
  'the largest record in two-byte characters': () => withManifest(`${top}#${'ж'.repeat(7.2e6)}\n`),
  'many values': () => pack(`{"a":[${'{},'.repeat(5e6)}{}]}`),
  'many files': () => {
    const files = Array.from({length: 3e5}, () => ({name: 'a', data: ''}));
    return pack(JSON.stringify(record({chart: {...record({}).chart, files}})));
  },
  'a deep record': () => pack('['.repeat(8e6)),
  'aliases in labels': () => withManifest(`apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  labels:\n${laughs}`),
  'aliases in data': () => withManifest(`${top}data:\n${laughs}`),
  'many documents': () => withManifest(`---\n${top}`.repeat(2e5)),
  'many empty documents': () => withManifest('---\n'.repeat(4e6)),
  'many values in flow style': () => withManifest(`${top}data: [${'[],'.repeat(4e6)}]\n`),
  'as many as are read': () => withManifest(`---\n${top}data: [${'[],'.repeat(190_000)}]\n`.repeat(5)),
  'many lines': () => withManifest(`${top}data:\n${'  a: b\n'.repeat(2e6)}`),
  'many keys in a quoted head': () => withManifest(`"apiVersion": v1\n${'"a": b\n'.repeat(1e6)}`),
  'white space': () => withManifest(`${top}data:${' \n'.repeat(7e6)}`),
  'a long line': () => withManifest(`{apiVersion: v1, kind: A, x: "${'\\x41'.repeat(3e6)}"}`),
  'JSON with tabs': () => withManifest(`{"apiVersion":"v1",${'\t"a":\t1,'.repeat(1e6)}"kind":"A"}`),
};

export const cases: Record<string, () => unknown> = {
  'random records': () => holds(fc.json({maxDepth: 8}), (text) => read(pack(text))),
  'random parts of records': () =>
    holds(fc.dictionary(fc.constantFrom(...Object.keys(record({}))), fc.jsonValue()), (parts) =>
      read(pack(JSON.stringify(record(parts)))),
    ),
  'random bytes': () => holds(fc.uint8Array({maxLength: 5000}), (bytes) => read(pack(Buffer.from(bytes)))),
  'random manifests': () => holds(anyYaml, manifest),
  'random usage documents': () =>
    holds(anyUsage, (text) => {
      const documents = readManifest(text);
      const objects = usageDocuments({version: '0.4.1'});
      checkUsage(
        documents.map((head, i) => ({head, object: objects[i % 5]})),
        {suffixes: ['']},
      );
    }),
  'nodes without an end': () => nodes(protobuf, () => numbered(openList, protobufItem(node))),
  'nodes without an end in JSON': () =>
    nodes(json, () => numbered('{"kind":"NodeList","items":[', `${JSON.stringify(node)},`)),
  'nodes with large names': () =>
    nodes(protobuf, () => numbered(openList, protobufItem({...node, metadata: {name: `${digits}${'x'.repeat(1e6)}`}}))),
  'a field without an end': () => nodes(protobuf, () => endless(openList, Buffer.from([0x0a, 0x02, 0x00, 0x00]))),
  'a long field': () =>
    nodes(protobuf, () => endless(Buffer.concat([openList, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x7f])]), 'x')),
  'a long item': () =>
    nodes(protobuf, () => endless(Buffer.concat([openList, Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x7f])]), 'x')),
  'white space for nodes': () => nodes(json, () => endless('{', ' ')),
  'a text without an end': () => nodes(json, () => endless('{"kind":"', 'x')),
  'an item without an end': () => nodes(json, () => endless('{"items":[{"a":[', '{},')),
  'nesting without an end': () => nodes(json, () => endless('{"items":[', '[')),
  'metadata without an end': () => list(() => endless('{"items":[', '{"metadata":{"name":"a"}},')),
  'custom resources without an end': () => counts(() => numbered('{"items":[', `${JSON.stringify(server)},`)),
  'pages without an end': () => counts(() => [Buffer.from(endlessPage)], true),
  'custom resources that are large': () =>
    counts(() => numbered('{"items":[', `${JSON.stringify({...server, more: 'x'.repeat(1.4e6)})},`)),
  'a custom resource without an end': () =>
    counts(() => endless('{"items":[{"spec":{"podSpec":{"containers":[', '{},')),
  'a key without an end': () => list(() => endless('{"', 'x')),
  'an answer without an end': () =>
    getJson(
      answering(json, () => endless('{"a":"', 'x')),
      '/x',
    ),
  'an answer of brackets': () =>
    getJson(
      answering(json, () => [Buffer.from('['.repeat(15e6))]),
      '/x',
    ),
  'an answer of values': () =>
    getJson(
      answering(json, () => [Buffer.from(`{"a":[${'{},'.repeat(5e6)}{}]}`)]),
      '/x',
    ),
};

if (process.argv[1] === import.meta.filename) {
  let outcome = 'read';
  try {
    const [, , name = '', file] = process.argv;
    if (file) read(readFileSync(file, 'latin1'));
    else await cases[name]!();
  } catch (error) {
    outcome = error instanceof UserError ? `refused: ${error.message}` : `bug: ${(error as Error).stack}`;
  }
  console.log(JSON.stringify({outcome, megabytes: Math.round(peak() / 1024)}));
}
