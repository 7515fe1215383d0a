import {createReadStream, type ReadStream} from 'node:fs';
import {type Document, parseAllDocuments} from 'yaml';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {jsonCapacities} from './capacities.ts';
import {type JsonListReader, jsonDocumentsReader, type Outer} from './json-list.ts';
import {howTo, type NodeDocuments, nodeDocuments, notNodes} from './node-documents.ts';
import {nodeFactsReader} from './node-facts.ts';
import type {NodeSink} from './nodes.ts';
import {MalformedList} from './protobuf-list.ts';

/** Most bytes of YAML: it is not read as a stream. JSON has no limit. */
const mostYaml = 32 * 1024 * 1024;

/**
 * Reads what `kubectl get nodes` prints with `-o json`, `-o yaml` or `-o kyaml`: a NodeList, a List of Nodes or single
 * Nodes; also the pages of a list one after the other, and Nodes of an archive that say no kind.
 *
 * @param path `-` is standard input
 * @throws {UserError} input, if it can't be read, is none of them, is not whole, or holds other kinds
 */
export async function readSnapshot(
  path: string,
  sink: NodeSink,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const name = path === '-' ? 'standard input' : clean(path);
  const stream = path === '-' ? stdin : createReadStream(path);
  const facts = nodeFactsReader(jsonCapacities());
  const documents = nodeDocuments(name, (node) => sink.node(facts(node)));
  sink.start();
  await readDocuments(stream, name, documents);
  documents.end();
}

async function readDocuments(stream: NodeJS.ReadableStream, name: string, documents: NodeDocuments): Promise<void> {
  let head: string | undefined = '';
  let json: JsonListReader | undefined;
  const yaml: string[] = [];
  let yamlSize = 0;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encodingOf(chunk));
      let text = decoder.decode(chunk, {stream: true});
      if (head !== undefined) {
        head += text;
        const decided = isJson(head);
        if (decided === undefined && head.length < mostHead) continue;
        if (decided) json = jsonDocumentsReader(head.trimStart().startsWith('['), documents.item, documents.outer);
        text = head;
        head = undefined;
      }
      if (json) {
        json.push(text);
        continue;
      }
      yaml.push(text);
      yamlSize += text.length;
      if (yamlSize > mostYaml) throw tooLong(name);
    }
    if (json) json.end();
    else readYaml(yaml.join('') + (head ?? ''), name, documents);
  } catch (error) {
    if (stream !== process.stdin) (stream as ReadStream).destroy();
    if (error instanceof UserError) throw error;
    const code = systemCode(error);
    if (code) throw unreadable(name, `it can't be read (${code})`, error);
    if (error instanceof MalformedList)
      throw unreadable(name, 'it is not the JSON that kubectl prints, or it is cut off', error);
    throw error;
  }
}

/** PowerShell's `>` writes UTF-16; a TextDecoder drops the byte order mark of each. */
function encodingOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/**
 * Whether a text that begins so is JSON, as far as can be seen; undefined where it can't yet. KYAML begins with a brace too,
 * but its keys have no quotes.
 */
function isJson(head: string): boolean | undefined {
  const [, brackets, next] = /^\s*([[{][[{\s]*)?([\s\S])?/.exec(head)!;
  if (next === undefined) return undefined;
  return brackets !== undefined && (next === '"' || next === '}' || next === ']');
}

/** Longest text of white space and brackets, in UTF-16 code units, before which nothing is decided. */
const mostHead = 64 * 1024;

function readYaml(text: string, name: string, documents: NodeDocuments): void {
  if (text.trim() === '') throw unreadable(name, 'it is empty');
  let seen = 0;
  for (const document of parseAllDocuments(text, {logLevel: 'silent'})) {
    const [problem] = document.errors ?? [];
    if (problem) {
      const line = problem.linePos?.[0]?.line;
      throw unreadable(name, `it is neither JSON nor YAML${line ? ` (line ${line})` : ''}`, problem);
    }
    const content = contentOf(document, name);
    // What is between two separators may be nothing or a comment.
    if (content === null && text.trim() !== 'null') continue;
    seen++;
    if (typeof content !== 'object' || content === null) throw notNodes(name, 'something that is not an object');
    const {items, ...outer} = Array.isArray(content) ? {items: content} : (content as Outer & {items?: unknown});
    if (Array.isArray(items)) for (const one of items) documents.item(one);
    documents.outer(outer);
  }
  if (seen === 0) throw notNodes(name, 'nothing but comments');
}

function contentOf(document: Document.Parsed, name: string): unknown {
  try {
    return document.toJS({maxAliasCount: 100});
  } catch (error) {
    throw unreadable(name, 'its YAML aliases stand for too much, or for nothing', error);
  }
}

function unreadable(name: string, reason: string, cause?: unknown): UserError {
  return new UserError('input', `No nodes from ${name}: ${reason}.`, {suggestions: [howTo], cause});
}

function tooLong(name: string): UserError {
  return new UserError('input', `${name} is more than ${mostYaml / 1024 / 1024} MiB of YAML.`, {
    suggestions: ['JSON is read as a stream, however long: kubectl get nodes -o json'],
  });
}
