import {createReadStream, type ReadStream} from 'node:fs';
import {parseAllDocuments} from 'yaml';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {jsonCapacities} from './capacities.ts';
import {jsonListReader, type Outer} from './json-list.ts';
import {type NodeLike, nodeFactsReader} from './node-facts.ts';
import type {NodeSink} from './nodes.ts';

/** Most bytes of YAML: it is not read as a stream. JSON has no limit. */
const mostYaml = 32 * 1024 * 1024;

/**
 * Reads what `kubectl get nodes -o json` or `-o yaml` prints: a NodeList, a List of Nodes or a single Node.
 *
 * @param path `-` is standard input
 * @throws {UserError} input, if it can't be read, is neither, or holds other kinds
 */
export async function readSnapshot(
  path: string,
  sink: NodeSink,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const name = path === '-' ? 'standard input' : clean(path);
  const stream = path === '-' ? stdin : createReadStream(path);
  const facts = nodeFactsReader(jsonCapacities());
  const kinds = new Set<string>();
  const item = (value: unknown, listKind?: string) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      kinds.add('something that is no object');
      return;
    }
    const {kind = listKind, ...node} = value as NodeLike & {kind?: string};
    // The items of a NodeList as the API gives it say no kind of their own.
    if (kind === undefined || kind === 'Node') sink.node(facts(node));
    else kinds.add(kind);
  };
  sink.start();
  const outer = await readDocument(stream, name, item);
  checkKinds(name, outer, kinds, item);
}

function checkKinds(
  name: string,
  outer: Outer,
  kinds: Set<string>,
  item: (value: unknown, kind?: string) => void,
): void {
  const {kind} = outer;
  if (kind === 'Node') item(outer);
  else if (kind !== 'NodeList' && kind !== 'List') {
    throw notNodes(name, kind === undefined ? 'something that says no kind' : `a ${clean(kind, 60)}`);
  }
  if (kinds.size > 0)
    throw notNodes(
      name,
      `other kinds too: ${[...kinds]
        .slice(0, 5)
        .map((other) => clean(other, 60))
        .join(', ')}`,
    );
}

async function readDocument(
  stream: NodeJS.ReadableStream,
  name: string,
  item: (value: unknown) => void,
): Promise<Outer> {
  let outer: Outer = {};
  const json = jsonListReader(item, (end) => (outer = end));
  let yaml: string[] | undefined;
  let yamlSize = 0;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      // PowerShell's `>` writes UTF-16; a TextDecoder drops the byte order mark of either.
      const first = decoder === undefined;
      decoder ??= new TextDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf-16le' : 'utf-8');
      const text = decoder.decode(chunk, {stream: true});
      if (first && !/^\s*[{[]/.test(text)) yaml = [];
      if (!yaml) {
        json.push(text);
        continue;
      }
      yaml.push(text);
      yamlSize += text.length;
      if (yamlSize > mostYaml) throw tooLong(name);
    }
    if (yaml) return readYaml(yaml.join(''), name, item);
    json.end();
    return outer;
  } catch (error) {
    if (stream !== process.stdin) (stream as ReadStream).destroy();
    if (error instanceof UserError) throw error;
    const code = systemCode(error);
    const reason = code
      ? `it can't be read (${code})`
      : decoder
        ? 'it is not the JSON that kubectl prints, or it is cut off'
        : 'it is empty';
    throw new UserError('input', `No nodes from ${name}: ${reason}.`, {suggestions: [howTo], cause: error});
  }
}

const howTo = 'Make it with: kubectl get nodes -o json > nodes.json';

function readYaml(text: string, name: string, item: (value: unknown) => void): Outer {
  if (text.trim() === '') throw new UserError('input', `No nodes from ${name}: it is empty.`, {suggestions: [howTo]});
  const documents = parseAllDocuments(text, {logLevel: 'silent'});
  const contents: unknown[] = [];
  for (const document of documents) {
    const [problem] = document.errors ?? [];
    if (problem) {
      const line = problem.linePos?.[0]?.line;
      throw new UserError(
        'input',
        `No nodes from ${name}: it is neither JSON nor YAML${line ? ` (line ${line})` : ''}.`,
        {suggestions: [howTo]},
      );
    }
    contents.push(document.toJS({maxAliasCount: 100}));
  }
  if (contents.length === 0) throw notNodes(name, 'nothing but comments');
  const list = contents.length === 1 ? contents[0] : {kind: 'List', items: contents};
  if (typeof list !== 'object' || list === null) throw notNodes(name, 'something that is no object');
  const {items, ...outer} = list as Outer & {items?: unknown};
  if (Array.isArray(items)) for (const one of items) item(one);
  return outer;
}

function tooLong(name: string): UserError {
  return new UserError('input', `${name} is more than ${mostYaml / 1024 / 1024} MiB of YAML.`, {
    suggestions: ['JSON is read as a stream, however long: kubectl get nodes -o json'],
  });
}

function notNodes(name: string, what: string): UserError {
  return new UserError('input', `${name} holds ${what}, where a list of Nodes is expected.`, {suggestions: [howTo]});
}
