import {isDeepStrictEqual} from 'node:util';
import {boolYaml11Tag, defineScalarTag, intYaml11Tag, load, NOT_RESOLVED, YAML11_SCHEMA} from 'js-yaml';
import {parseDocument} from 'yaml';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

/** What identifies a document of a manifest, and its metadata. */
export interface Head {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** As written: absent where the document leaves it to the release. */
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One YAML document of a manifest: its text as it stands there, and its head. */
export interface Document extends Head {
  readonly text: string;
}

/** A manifest that this tool does not understand: never guessed at. */
export class MalformedManifest extends UserError {
  /** @param what what is wrong, as a clause: `a document is no YAML` */
  constructor(what: string, cause?: unknown) {
    super('release', `The manifest of the release can't be understood: ${what}.`, {
      suggestions: ['Helm itself may handle it: helm upgrade with the chart, --reuse-values and the value set.'],
      cause,
    });
  }
}

/** Helm's own way to cut a manifest into documents (releaseutil.SplitManifests), with Go's idea of white space. */
const separator = /(?:^|[\t\n\f\r ]*\n)---[\t\n\f\r ]*/;

/** The texts of the documents of a manifest, those of nothing but comments left out. */
export function splitManifest(manifest: string): string[] {
  return (
    manifest
      .trim()
      .split(separator)
      // With the line break that Helm writes after each: a block scalar at the end has it in its value.
      .map((text) => `${text.trim()}\n`)
      .filter((text) => text.split('\n').some((line) => line.trim() !== '' && !/^\s*#/.test(line)))
  );
}

/**
 * The documents of a manifest.
 *
 * @throws {MalformedManifest} if one has no kind or name, or holds a list of objects
 */
export function readManifest(manifest: string): Document[] {
  return splitManifest(manifest).map((text) => ({text, ...readHead(text)}));
}

/**
 * The head of a document. Of a large document in block style only the sections at its top that matter are parsed.
 *
 * @throws {MalformedManifest}
 */
export function readHead(text: string): Head {
  const sections = topSections(text);
  const part = sections
    ? ['apiVersion', 'kind', 'metadata'].map((key) => partOf(text, sections.get(key))).join('')
    : text;
  const {apiVersion, kind, metadata} = meaning(part) as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: Record<string, unknown> | null;
  };
  const {name, namespace, labels, annotations} = metadata ?? {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string' || name === '') {
    throw new MalformedManifest('a document has no apiVersion, kind or name');
  }
  return {
    apiVersion,
    kind,
    name,
    ...(typeof namespace === 'string' && namespace ? {namespace} : {}),
    labels: strings(labels),
    annotations: strings(annotations),
  };
}

function strings(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([key, text]) => [key, String(text)]));
}

/** What tells documents of one manifest apart. */
export function keyOf({apiVersion, kind, namespace = '', name}: Omit<Head, 'labels' | 'annotations'>): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`;
}

/**
 * The parts of a block mapping by its keys; undefined where the document is none. In a block mapping every line that
 * begins at its left edge and is no comment, blank or item of a list begins a key; continued text is further in.
 */
function topSections(text: string): Map<string, Section> | undefined {
  const sections = new Map<string, Section>();
  let last: Section | undefined;
  for (const {0: line, index} of text.matchAll(/^[^\s#-].*$/gm)) {
    const key = /^([A-Za-z][\w-]*)[ \t]*:(?:[ \t\r]|$)/.exec(line)?.[1];
    // Quoted keys, flow style, anchors, directives: rare enough to be parsed whole.
    if (!key || sections.has(key)) return undefined;
    if (last) last.to = index;
    last = {from: index, to: text.length};
    sections.set(key, last);
  }
  // An alias may lead out of its section.
  const ours = ['apiVersion', 'kind', 'metadata'].map((key) => partOf(text, sections.get(key)));
  return sections.size === 0 || ours.some((part) => /[&*]/.test(part)) ? undefined : sections;
}

/** Where a part of a text stands. */
interface Section {
  from: number;
  to: number;
}

function partOf(text: string, section: Section | undefined): string {
  return section ? `${text.slice(section.from, section.to).trimEnd()}\n` : '';
}

const exactInteger = defineScalarTag<unknown>(intYaml11Tag.tagName, {
  implicit: true,
  implicitFirstChars: intYaml11Tag.implicitFirstChars,
  identify: () => false,
  resolve(source, isExplicit, tagName) {
    const value = intYaml11Tag.resolve(source, isExplicit, tagName);
    if (value === NOT_RESOLVED || Number.isSafeInteger(value)) return value;
    return /^[-+]?\d+$/.test(source) ? BigInt(source) : source;
  },
});

/** Go's reader (go.yaml.in/yaml) takes `yes` and `on` for booleans as YAML 1.1 does, but not `y` and `n`. */
const goBoolean = {
  ...boolYaml11Tag,
  resolve: (source: string, isExplicit: boolean, tagName: string) =>
    /^[yn]$/i.test(source) ? NOT_RESOLVED : boolYaml11Tag.resolve(source, isExplicit, tagName),
};

/** YAML 1.1, as Helm and Kubernetes read it, with integers of any size. */
const schema = YAML11_SCHEMA.withTags(exactInteger, goBoolean);

/**
 * What a document says, whatever its layout.
 *
 * @throws {MalformedManifest} if it is no YAML mapping
 */
export function meaning(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    // Of two equal keys the last counts, as for Helm.
    value = load(text, {schema, json: true, maxDepth: 1000});
  } catch (error) {
    throw new MalformedManifest('a document is no YAML', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MalformedManifest('a document is no mapping');
  const object = value as Record<string, unknown>;
  if (Array.isArray(object.items) && /List$/.test(String(object.kind)))
    throw new MalformedManifest(`a document is a list of objects (${clean(object.kind, 60)})`);
  return object;
}

/** Whether two documents say the same. */
export function sameMeaning(a: string, b: string): boolean {
  return a === b || isDeepStrictEqual(meaning(a), meaning(b));
}

/**
 * The document with one more annotation, everything outside its metadata as it was.
 *
 * @throws {MalformedManifest} if that can't be done without a change of something else
 */
export function withAnnotation(text: string, key: string, value: string): string {
  const place = topSections(text)?.get('metadata') ?? {from: 0, to: text.length};
  const section = partOf(text, place);
  const parsed = parseDocument(section, {intAsBigInt: true, uniqueKeys: false, version: '1.1'});
  if (parsed.errors.length > 0) throw new MalformedManifest('a document is no YAML');
  const path = ['metadata', 'annotations'];
  if (!parsed.getIn(path)) parsed.setIn(path, parsed.createNode({}));
  parsed.setIn([...path, key], value);
  const changed = parsed.toString({lineWidth: 0});
  if (!isDeepStrictEqual(withoutAnnotation(changed, key), withoutAnnotation(section, key)))
    throw new MalformedManifest('a document can’t be given an annotation');
  return `${text.slice(0, place.from)}${changed}${text.slice(place.to)}`;
}

/** What a document says, one annotation aside; no annotations and an empty mapping of them are the same. */
export function withoutAnnotation(text: string, key: string): Record<string, unknown> {
  const value = meaning(text);
  const metadata = value.metadata as {annotations?: Record<string, unknown> | null};
  if (metadata.annotations) delete metadata.annotations[key];
  if (Object.keys(metadata.annotations ?? {}).length === 0) delete metadata.annotations;
  return value;
}
