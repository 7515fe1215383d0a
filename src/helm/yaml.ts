import {
  boolYaml11Tag,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  EVENT_ID,
  type Event,
  floatYaml11Tag,
  getScalarValue,
  intYaml11Tag,
  NOT_RESOLVED,
  parseEvents,
  SCALAR_STYLE,
  Schema,
  YAML11_SCHEMA,
} from 'js-yaml';
import {UserError} from '../errors.ts';

/** A manifest that this tool does not understand: never guessed at. */
export class MalformedManifest extends UserError {
  /** What is wrong, as a clause: `a document is not YAML`. */
  readonly what: string;

  constructor(what: string, cause?: unknown) {
    super('release', `The manifest of the release can't be understood: ${what}.`, {
      suggestions: ['Helm itself may handle it: helm upgrade with the chart, --reuse-values and the value set.'],
      cause,
    });
    this.what = what;
  }
}

/**
 * Numbers as Go's reader takes them (resolve.go of go.yaml.in/yaml/v2): underscores anywhere, any of Go's prefixes, no
 * base 60; an integer that JavaScript can't hold stays exact.
 */
function goNumber(source: string): unknown {
  const plain = source.replaceAll('_', '');
  const [, sign, digits] = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9]\d*)$/.exec(plain) ?? [];
  if (digits !== undefined) {
    const octal = /^0[oO]?([0-7]+)$/.exec(digits);
    const size = BigInt(octal ? `0o${octal[1]}` : digits);
    const value = sign === '-' ? -size : size;
    if (value >= -(2n ** 63n) && value < 2n ** 64n) {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value;
    }
  }
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain) ? Number(plain) : NOT_RESOLVED;
}

const first = [...'-+.0123456789'];

const goInteger = defineScalarTag<unknown>(intYaml11Tag.tagName, {
  implicit: true,
  implicitFirstChars: first,
  identify: () => false,
  resolve: goNumber,
});

const goFloat = defineScalarTag<unknown>(floatYaml11Tag.tagName, {
  implicit: true,
  implicitFirstChars: first,
  identify: () => false,
  resolve(source) {
    const [, sign, word] = /^([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)$/.exec(source) ?? [];
    if (word === undefined) return NOT_RESOLVED;
    if (word.toLowerCase() === 'nan') return sign ? NOT_RESOLVED : Number.NaN;
    return sign === '-' ? -Infinity : Infinity;
  },
});

/** Go's reader takes `yes` and `on` for booleans as YAML 1.1 does, but not `y` and `n`. */
const goBoolean = {
  ...boolYaml11Tag,
  resolve: (source: string, isExplicit: boolean, tagName: string) =>
    /^[yn]$/i.test(source) ? NOT_RESOLVED : boolYaml11Tag.resolve(source, isExplicit, tagName),
};

/** A mapping as JSON has it: keys are texts, and none is there twice. */
const jsonMapping = defineMappingTag<Record<string, unknown>>('tag:yaml.org,2002:map', {
  create: () => ({}),
  addPair(object, key, value) {
    if (typeof key !== 'string') return 'a key that is not text';
    // `__proto__` is a key like any other.
    Object.defineProperty(object, key, {value, enumerable: true, configurable: true, writable: true});
    return '';
  },
  has: (object, key) => Object.hasOwn(object, key as string),
  keys: (object) => Object.keys(object),
  get: (object, key) => object[key as string],
  identify: () => false,
});

/** Dates stay texts, as in Go; what needs a tag or an alias is refused before it comes here. */
const schema = new Schema(YAML11_SCHEMA.tags.filter(({tagName}) => /:(?:str|null|seq)$/.test(tagName))).withTags(
  goInteger,
  goFloat,
  goBoolean,
  jsonMapping,
);

/** Levels of nesting that are believed; a CustomResourceDefinition that holds a pod has 40. */
const deepest = 100;

/** Line breaks of YAML 1.1 or of another reader alone, and marks that one of them skips. */
const oddBreaks = /\r(?!\n)|[\u0085\u2028\u2029\ufeff\0]/;

/** Keys that one reader takes for a number, a boolean, nothing or a merge, and another for text. */
const oddKey =
  /^(?:[-+]?\.?\d[\d_.:]*(?:e[-+]?\d*)?|[-+]?0[xob][\da-f_]*|\d{4}-\d\d?-\d\d?.*|[-+]?\.inf|\.nan|~|null|true|false|yes|no|on|off|y|n|<<|=|)$/i;

/**
 * What a YAML document says, where Go's reader and this one must agree: no aliases, tags, directives, second document,
 * key that is there twice or odd line break.
 *
 * @throws {MalformedManifest}
 */
export function readYaml(text: string): unknown {
  const source = withoutTabs(text);
  const events = plainEvents(source);
  return asMalformed(() => constructFromEvents(events as Event[], {source, schema, maxAliases: 0})[0]);
}

/**
 * Sees that readers can't disagree about a YAML document, without a value made of it: that takes half the time.
 *
 * @throws {MalformedManifest}
 */
export function requirePlainYaml(text: string): void {
  plainEvents(withoutTabs(text));
}

/** Longest document that is read whole, characters; a CustomResourceDefinition of Seldon's takes half a million. */
const longest = 8 * 1024 * 1024;

/** Most lines, commas and brackets of one: each may be a value, and takes 300 bytes in memory. */
const mostSigns = 120_000;

function plainEvents(source: string): readonly Event[] {
  requireOrdinaryBreaks(source);
  if (source.length > longest || signsIn(source, mostSigns) > mostSigns)
    throw new MalformedManifest('a document is larger than any in a chart');
  const events = asMalformed(() => parseEvents(source, {maxDepth: deepest}));
  requirePlain(events, source);
  return events;
}

/** How many line breaks, commas, brackets and braces a text has; counting ends above `most`. */
export function signsIn(text: string, most: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count <= most; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a || code === 0x2c || code === 0x5b || code === 0x7b) count++;
  }
  return count;
}

function asMalformed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new MalformedManifest('a document is not YAML', error);
  }
}

/** @throws {MalformedManifest} */
export function requireOrdinaryBreaks(text: string): void {
  if (oddBreaks.test(text)) throw new MalformedManifest('a document has a line break that some readers do not accept');
}

/**
 * JSON without tabs: YAML readers differ on tabs, Helm takes them, and charts up to 0.3 indent by them. In JSON none can
 * be in a text.
 */
export function withoutTabs(text: string): string {
  return text.includes('\t') && isJson(text) ? text.replaceAll('\t', ' ') : text;
}

/** Whether a document, comments before it aside, is JSON. */
export function isJson(text: string): boolean {
  const body = text.replace(/^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/, '');
  if (!/^\s*\{/.test(body)) return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

/** @throws {MalformedManifest} */
function requirePlain(events: readonly Event[], source: string): void {
  /** Of each open collection: whether a key comes next, and those before it; empty for a list. */
  const open: {key?: boolean; seen?: Set<string>}[] = [];
  let documents = 0;
  for (const event of events) {
    const place = open.at(-1);
    const isKey = place?.key === true;
    if (place?.key !== undefined && event.type !== EVENT_ID.POP) place.key = !place.key;
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        if (event.directives.length > 0) throw new MalformedManifest('a document has directives');
        if (++documents > 1) throw new MalformedManifest('a document holds another one');
        open.push({});
        continue;
      case EVENT_ID.POP:
        open.pop();
        continue;
      case EVENT_ID.ALIAS:
        throw new MalformedManifest('a document has aliases');
    }
    if (event.anchorStart >= 0) throw new MalformedManifest('a document has aliases');
    if (event.tagStart >= 0) throw new MalformedManifest('a document has tags');
    if (event.type !== EVENT_ID.SCALAR) {
      if (isKey) throw new MalformedManifest('a key is not text');
      open.push(event.type === EVENT_ID.MAPPING ? {key: true, seen: new Set()} : {});
    } else if (isKey) {
      const key = getScalarValue(source, event);
      if (event.style === SCALAR_STYLE.PLAIN && oddKey.test(key))
        throw new MalformedManifest('a key is not text for every reader');
      if (place.seen!.has(key)) throw new MalformedManifest('a key occurs twice');
      place.seen!.add(key);
    }
  }
}
