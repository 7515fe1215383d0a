import {type Document, isCollection, type ParsedNode, parseAllDocuments, type ScalarTag, visit} from 'yaml';

/** Why a text is no YAML: the line, where it is known. Never the parser's own sentence, which quotes what may be a token. */
export class NoYaml extends Error {
  readonly line: number | undefined;
  constructor(line?: number) {
    super('no YAML');
    this.line = line;
  }
}

/**
 * The first document of a kubeconfig, as kubectl's reader has it: UTF-8, or UTF-16 with a byte order mark (as PowerShell's
 * `>` writes it), JSON among it; lone CR ends a line; YAML 1.1's merge keys, booleans and binary values; of repeated keys the last.
 *
 * @throws {NoYaml}
 */
export function parseKubeconfig(bytes: Buffer): unknown {
  const text = decoded(bytes).replace(/\r\n?/g, '\n');
  const [document] = parseAllDocuments<ParsedNode>(text, {
    merge: true,
    uniqueKeys: false,
    logLevel: 'error',
    customTags: (tags) => [...tags, binary, bool, number],
  });
  const [problem] = document?.errors ?? [];
  if (problem) throw new NoYaml(problem.linePos?.[0].line);
  if (document) requireGoScalars(document, text);
  try {
    return document?.toJS();
  } catch {
    // Aliases that lead nowhere or to too much, or a binary value that is none.
    throw new NoYaml();
  }
}

/** Spellings of the core types' tags. */
const coreTag = /^tag:yaml\.org,2002:(?:int|float|bool|null)$/;

/**
 * Refuses scalars that Go's reader refuses, or takes for something else: in `[…]` and `{…}` a `?` ends a plain one and a `:` begins
 * none; YAML 1.1 has no escape `\/`; a core tag before what it can't be is an error.
 *
 * @throws {NoYaml}
 */
function requireGoScalars(document: Document.Parsed, text: string): void {
  if (!/[?!]|\\\/|[[{,\s]:\S/.test(text)) return;
  visit(document, {
    Scalar(_, {type, source = '', range, tag, value}, path) {
      const raw = text.slice(range?.[0], range?.[1]);
      const wrong =
        (type === 'PLAIN' && /^:|\?/.test(source) && path.some((node) => isCollection(node) && node.flow)) ||
        (type === 'QUOTE_DOUBLE' && /^(?:[^\\]|\\[^/])*\\\//.test(raw)) ||
        (tag !== undefined && coreTag.test(tag) && typeof value === 'string');
      if (wrong) throw new NoYaml(text.slice(0, range?.[0]).split('\n').length);
    },
  });
}

function decoded(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encoding = {fffe: 'utf-16le', feff: 'utf-16be'}[mark] ?? 'utf-8';
  try {
    return new TextDecoder(encoding, {fatal: encoding !== 'utf-8'}).decode(bytes);
  } catch {
    throw new NoYaml();
  }
}

/** YAML 1.1's other booleans, where they are not quoted: what a string field then refuses. */
const bool: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: /^(?:[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|on)/i.test(text),
};

/** Go's other numbers, with `_` between digits or in base 2: what a string field then refuses. */
const number: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0b[01_]+|(?=[^_]*_)(?:0x[\da-fA-F_]+|0o[0-7_]+|\.?\d[\d_]*\.?[\d_]*(?:[eE][-+]?[\d_]+)?))$/,
  resolve: (text) => Number.parseFloat(text.replaceAll('_', '')),
};

/** A value in base64, as the text that it encodes: what Go has for it. */
const binary: ScalarTag = {
  tag: 'tag:yaml.org,2002:binary',
  resolve(text, onError) {
    const base64 = text.replace(/[\r\n]/g, '');
    if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) onError('no base64');
    return Buffer.from(base64, 'base64').toString('utf8');
  },
};
