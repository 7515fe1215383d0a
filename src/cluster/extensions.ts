import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {JSONParser} from '@streamparser/json';
import {parseDocument} from 'yaml';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Judged, notOwn, readJudged} from '../host/whose-file.ts';
import type {Extension} from '../report/types.ts';

/** An optional DNS subdomain and `/`, then a name: Spartakus' documented form, which is that of Kubernetes labels. */
const keyForm = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;

/**
 * The extensions of a file, or of all files of a folder but dotfiles and subfolders: JSON objects of strings. In the
 * order of their names.
 *
 * @param unasked nobody sees the report before it leaves: nobody else may have said what is in it
 * @throws {UserError} input, with file, line and reason, if anything in them is not as it should be; consent, if one is not the
 * user's alone
 */
export function readExtensions(path: string, unasked = false): Extension[] {
  const found = new Map<string, {value: string; file: string}>();
  for (const file of filesOf(path)) {
    for (const [name, value] of Object.entries(readPairs(file, unasked))) {
      const other = found.get(name);
      if (other) throw bad(file, `${quoted(name)} is in ${clean(other.file)} too`);
      found.set(name, {value, file});
    }
  }
  return [...found].map(([name, {value}]) => ({name, value})).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function filesOf(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return (
      readdirSync(path)
        .filter((name) => !name.startsWith('.'))
        .sort()
        .map((name) => join(path, name))
        // A ConfigMap mounted as a volume shows its files as links: what they lead to counts.
        .filter((file) => !statSync(file).isDirectory())
    );
  } catch (error) {
    throw bad(path, `it can't be read (${systemCode(error)})`, error);
  }
}

function readPairs(file: string, unasked: boolean): Record<string, string> {
  let read: Judged;
  try {
    read = readJudged(file);
  } catch (error) {
    throw bad(file, `it can't be read (${systemCode(error)})`, error);
  }
  const {others} = read;
  if (unasked && others !== undefined) throw notOwn(file, others, 'consent', 'Nothing was sent.');
  const text = read.text.replace(/^\ufeff/, '');
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw bad(file, jsonReason(text, error as SyntaxError), error);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    throw bad(file, 'it is not a JSON object');
  refuseTwice(file, text);
  for (const [name, value] of Object.entries(content)) {
    const line = `line ${lineOf(text, name)}: `;
    if (!keyForm.test(name)) throw bad(file, `${line}${quoted(name)} is not a key: [DNS-subdomain/]name`);
    if (typeof value !== 'string') throw bad(file, `${line}the value of ${quoted(name)} is not a string`);
  }
  return content as Record<string, string>;
}

/** JSON.parse takes the last of two equal keys and drops the first; JSON is YAML, whose reader points them out. */
function refuseTwice(file: string, text: string): void {
  const twice = parseDocument(text, {logLevel: 'silent'}).errors.find(({code}) => code === 'DUPLICATE_KEY');
  if (twice) throw bad(file, `line ${twice.linePos?.[0].line ?? 1}: a key that is there twice`, twice);
}

function jsonReason(text: string, {message}: SyntaxError): string {
  if (text.trim() === '') return 'it is empty';
  const position = /position (\d+)/.exec(message)?.[1];
  const line = position === undefined ? lineRefused(text) : text.slice(0, Number(position)).split('\n').length;
  return `line ${line}: it is not JSON`;
}

/** The first line that a parser refuses, for the errors of which Node.js does not tell the position. */
function lineRefused(text: string): number {
  const lines = text.trimEnd().split('\n');
  const parser = new JSONParser();
  parser.onValue = () => {};
  const index = lines.findIndex((line) => {
    try {
      parser.write(`${line}\n`);
      return false;
    } catch {
      return true;
    }
  });
  return index < 0 ? lines.length : index + 1;
}

function lineOf(text: string, key: string): number {
  const at = text.indexOf(JSON.stringify(key));
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

function quoted(name: string): string {
  return JSON.stringify(clean(name, 80));
}

function bad(file: string, reason: string, cause?: unknown): UserError {
  return new UserError('input', `The extensions in ${clean(file)} can't be used: ${reason}.`, {
    suggestions: ['A file of extensions is a JSON object of strings: {"team": "search", "example.com/tier": "gold"}'],
    cause,
  });
}
