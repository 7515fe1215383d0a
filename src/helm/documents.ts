import {isDeepStrictEqual} from 'node:util';
import {parseDocument} from 'yaml';
import {clean, isObject} from '../foreign.ts';
import {sameFolded, stringifyExact} from './exact-json.ts';
import {
  isJson,
  MalformedManifest,
  readYaml,
  requireOrdinaryBreaks,
  requirePlainYaml,
  signsIn,
  withoutTabs,
} from './yaml.ts';

export {MalformedManifest} from './yaml.ts';

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

/**
 * Helm's own way to cut a manifest into documents (releaseutil.SplitManifests): at a line that begins with dashes, wherever
 * it stands. White space around it, which Helm's expression takes too, is trimmed off.
 */
const separator = /(?:^|\n)---/;

/** A line that is neither blank nor a comment. */
const content = /^[^\S\n]*[^\s#]/m;

/** The texts of the documents of a manifest, those of nothing but comments left out. */
export function splitManifest(manifest: string): string[] {
  return (
    manifest
      .trim()
      .split(separator)
      // With the line break that Helm writes after each: a block scalar at the end has it in its value.
      .map((text) => `${text.trim()}\n`)
      .filter((text) => content.test(text))
  );
}

/** Most documents of one manifest that are believed; Seldon's charts have about 30. */
const mostDocuments = 5000;

/** Most lines, commas and brackets of one, by the time that reading them may take: half a second. */
const mostSigns = 500_000;

/**
 * The documents of a manifest; a `List` (charts up to 0.2) is taken for the objects in it, as Helm does.
 *
 * @throws {MalformedManifest} if one has no kind or name, or readers may disagree about it
 */
export function readManifest(manifest: string): Document[] {
  if (signsIn(manifest, mostSigns) > mostSigns) throw new MalformedManifest('it is larger than that of any chart');
  const texts = splitManifest(manifest);
  if (texts.length > mostDocuments) throw new MalformedManifest(`it has more than ${mostDocuments} documents`);
  return texts.flatMap(readDocuments);
}

/**
 * The documents of one text between two separators: itself, or the objects of a `List`.
 *
 * @throws {MalformedManifest}
 */
export function readDocuments(text: string): Document[] {
  const head = readTop(text);
  if (!isList(head)) return [{text: withoutTabs(text), ...headOf(head)}];
  const {apiVersion, kind, metadata, items, ...rest} = meaningOfMapping(text);
  if (apiVersion !== 'v1' || kind !== 'List' || !Array.isArray(items) || Object.keys(rest).length > 0)
    throw new MalformedManifest(`a document is a list of objects (${clean(kind, 60)})`);
  const {annotations} = (metadata ?? {}) as {annotations?: unknown};
  return items.map((item) => {
    if (!isObject(item) || isList(item)) throw new MalformedManifest('a list holds something other than objects');
    requireExactHead(item);
    const own = headOf(item);
    return {text: `${stringifyExact(item)}\n`, ...own, annotations: {...own.annotations, ...strings(annotations)}};
  });
}

/** As Helm's client has it: whatever has `items` is a list, whatever its kind (detectList of apimachinery). */
function isList(object: Record<string, unknown>): boolean {
  return Object.hasOwn(object, 'items') || object.kind === 'List';
}

/**
 * The head of a document. Of a large document in block style only the sections at its top that matter are parsed.
 *
 * @throws {MalformedManifest}
 */
export function readHead(text: string): Head {
  const top = readTop(text);
  if (isList(top)) throw new MalformedManifest(`a document is a list of objects (${clean(top.kind, 60)})`);
  return headOf(top);
}

function readTop(text: string): Record<string, unknown> {
  // All of it: what is no line break for one reader may hide a key from another.
  requireOrdinaryBreaks(text);
  const sections = topSections(text);
  if (!sections || [...sections.keys()].some((key) => sameFolded(key, 'items'))) return meaningOfMapping(text);
  requireExactKeys(Object.fromEntries(sections), topKeys);
  return meaningOfMapping(['apiVersion', 'kind', 'metadata'].map((key) => partOf(text, sections.get(key))).join(''));
}

function headOf({apiVersion, kind, metadata}: Record<string, unknown>): Head {
  const {name, namespace, labels, annotations} = isObject(metadata) ? metadata : {};
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string' || name === '') {
    throw new MalformedManifest('a document has no apiVersion, kind or name');
  }
  if (!['string', 'undefined'].includes(typeof (namespace ?? undefined)))
    throw new MalformedManifest('a namespace is not text');
  // They become parts of paths of the API.
  if (!/^(?:[A-Za-z\d][A-Za-z\d.-]*\/)?[A-Za-z\d]+$/.test(apiVersion) || !/^[A-Za-z][A-Za-z\d]*$/.test(kind))
    throw new MalformedManifest(`a document has the kind ${clean(`${kind} in ${apiVersion}`, 120)}`);
  if (!isPathSegment(name) || !isPathSegment(String(namespace || 'none')))
    throw new MalformedManifest(`a document has the name ${clean(`${namespace || ''}/${name}`, 120)}`);
  return {
    apiVersion,
    kind,
    name,
    ...(typeof namespace === 'string' && namespace ? {namespace} : {}),
    labels: strings(labels),
    annotations: strings(annotations),
  };
}

/** As the API has it (IsValidPathSegmentName of apimachinery), and nothing that is not to be seen. */
function isPathSegment(name: string): boolean {
  return name !== '.' && name !== '..' && !/[/%\0-\x1f\x7f]/.test(name);
}

/** Labels or annotations; Helm refuses what is no text. */
function strings(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) =>
      typeof text === 'object' && text !== null ? [] : [[key, String(text ?? '')]],
    ),
  );
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

/**
 * What a document says, whatever its layout.
 *
 * @throws {MalformedManifest} if it is no YAML mapping, or readers may disagree about it
 */
export function meaning(text: string): Record<string, unknown> {
  const object = meaningOfMapping(text);
  if (isList(object)) throw new MalformedManifest(`a document is a list of objects (${clean(object.kind, 60)})`);
  return object;
}

function meaningOfMapping(text: string): Record<string, unknown> {
  const value = readYaml(text);
  if (!isObject(value)) throw new MalformedManifest('a document is not a mapping');
  requireExactHead(value);
  return value;
}

function requireExactHead(object: Record<string, unknown>): void {
  requireExactKeys(object, topKeys);
  if (isObject(object.metadata)) requireExactKeys(object.metadata, ['name', 'namespace', 'labels', 'annotations']);
}

const topKeys = ['apiVersion', 'kind', 'metadata', 'items'];

/** Go's JSON takes `Kind` for `kind` in some places and not in others. */
function requireExactKeys(object: Record<string, unknown>, keys: readonly string[]): void {
  const odd = Object.keys(object).find((key) => !keys.includes(key) && keys.some((known) => sameFolded(key, known)));
  if (odd !== undefined) throw new MalformedManifest(`a document has the key ${clean(odd, 60)}`);
}

/**
 * Sees that no two readers can disagree about a document, down to its last line.
 *
 * @throws {MalformedManifest} naming it
 */
export function requireUnambiguous({text, kind, name}: Document): void {
  try {
    requirePlainYaml(text);
  } catch (error) {
    if (!(error instanceof MalformedManifest)) throw error;
    throw new MalformedManifest(`${clean(`${kind} ${name}`, 120)}: ${error.what}`, error);
  }
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
  if (isJson(text)) return jsonWithAnnotation(meaning(text), key, value);
  const place = topSections(text)?.get('metadata') ?? {from: 0, to: text.length};
  const section = partOf(text, place);
  const parsed = parseDocument(section, {intAsBigInt: true, uniqueKeys: false, version: '1.1'});
  if (parsed.errors.length > 0) throw new MalformedManifest('a document is not YAML');
  const path = ['metadata', 'annotations'];
  if (!parsed.getIn(path)) parsed.setIn(path, parsed.createNode({}));
  parsed.setIn([...path, key], value);
  const changed = parsed.toString({lineWidth: 0});
  if (!isDeepStrictEqual(withoutAnnotation(changed, key), withoutAnnotation(section, key)))
    throw new MalformedManifest('a document can’t be given an annotation');
  return `${text.slice(0, place.from)}${changed}${text.slice(place.to)}`;
}

function jsonWithAnnotation(object: Record<string, unknown>, key: string, value: string): string {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const annotations = {...(isObject(metadata.annotations) ? metadata.annotations : {}), [key]: value};
  return `${stringifyExact({...object, metadata: {...metadata, annotations}})}\n`;
}

/** What a document says, one annotation aside; no annotations and an empty mapping of them are the same. */
export function withoutAnnotation(text: string, key: string): Record<string, unknown> {
  const value = meaning(text);
  const metadata = value.metadata as {annotations?: Record<string, unknown> | null};
  if (metadata.annotations) delete metadata.annotations[key];
  if (Object.keys(metadata.annotations ?? {}).length === 0) delete metadata.annotations;
  return value;
}
