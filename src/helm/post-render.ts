import {isObject} from '../foreign.ts';
import {
  type Document,
  type Head,
  keyOf,
  MalformedManifest,
  meaning,
  readDocuments,
  splitManifest,
  withAnnotation,
} from './documents.ts';
import type {Edit} from './edit.ts';
import {stringifyExact} from './exact-json.ts';
import {isUsageDocument} from './usage.ts';
import {checkUsage, type UsageRules} from './usage-objects.ts';

/** What the post-renderer goes by: the documents of the last revision, and what may change. Lies in a private file. */
export interface RenderPlan {
  /** Whether the usage documents are to be there afterwards. */
  readonly on: boolean;
  /** Documents of the last revision's manifest. */
  readonly stored: readonly Document[];
  /** Hooks of the last revision: Helm 4 renders them into the same stream. */
  readonly hooks: readonly Document[];
  /** What the usage documents may hold. */
  readonly rules: UsageRules;
  /** Usage documents that an earlier rendering of this plan brought, by their keys: they are used again as they were. */
  readonly usage?: Readonly<Record<string, string>>;
  /** In place of usage documents that come or go: what changes of those of the last revision. */
  readonly edit?: Edit;
}

/** What becomes of a rendered manifest. */
export interface Rendered {
  readonly manifest: string;
  /** The usage documents in it, by their keys, as JSON of what was checked. */
  readonly usage: Readonly<Record<string, string>>;
}

/** Annotation by which Helm 4 knows the file of a document that went through a post-renderer. */
export const filenameAnnotation = 'postrenderer.helm.sh/postrender-filename';

/** The rendered manifest is not what was planned. */
export class UnexpectedDocuments extends Error {
  override readonly name = 'UnexpectedDocuments';
}

/** The usage documents are not what any era of the chart makes; the lines of the message after the first say where. */
export class RefusedUsage extends UnexpectedDocuments {
  constructor(lines: readonly string[]) {
    super(["the usage objects are not those of Seldon's chart", ...lines].join('\n'));
  }
}

/**
 * Helm's rendering with every document but the usage ones replaced by what the last revision has: certificates that the
 * chart makes anew at each rendering stay as they are.
 *
 * @throws {UnexpectedDocuments} if the documents are not exactly those of the last revision, plus or minus the usage ones
 * @throws {MalformedManifest} if a document can't be understood
 */
export function postRender(input: string, plan: RenderPlan): Rendered {
  const byText = new Map(plan.stored.map((document) => [document.text, document]));
  const kept = byKey(plan.stored.filter((document) => !isUsageDocument(document)));
  const hooks = byKey(plan.hooks);
  const rendered: Document[] = [];
  const seen = new Set<string>();
  const output: string[] = [];
  for (const text of splitManifest(input)) {
    // Unchanged text needs no parsing: most of a manifest is one large CustomResourceDefinition.
    const known = byText.get(text);
    for (const document of known ? [known] : readDocuments(text)) {
      const isHook = 'helm.sh/hook' in document.annotations;
      const key = `${isHook ? 'hook ' : ''}${keyOf(document)}`;
      if (seen.has(key)) throw new UnexpectedDocuments(`${nameOf(document)} is there twice`);
      seen.add(key);
      const stored = (isHook ? hooks : kept).get(keyOf(document));
      // By kind and name alone: what is in another namespace or API is refused with all that is wrong with the others.
      const {kind, name} = document;
      if (!stored && !(plan.on && !isHook && isUsageDocument({kind, name})))
        throw new UnexpectedDocuments(`${nameOf(document)} would be new`);
      if (!stored) rendered.push(document);
      // A usage document comes where it was rendered, once all of them are known.
      output.push(stored ? withFilename(stored.text, document) : key);
    }
  }
  for (const [key, document] of kept)
    if (!seen.has(key)) throw new UnexpectedDocuments(`${nameOf(document)} would be gone`);
  for (const key of Object.keys(plan.usage ?? {}))
    if (!seen.has(key)) throw new UnexpectedDocuments(`${key} was planned and is not there`);
  if (plan.on && rendered.length === 0) throw new UnexpectedDocuments('the chart renders no usage objects');
  const usage = plan.on ? usageTexts(rendered, plan) : {};
  const named = new Map(rendered.map((document) => [keyOf(document), document]));
  const texts = output.map((text) => (named.has(text) ? withFilename(usage[text]!, named.get(text)!) : text));
  return {manifest: texts.map((text) => `---\n${text}`).join(''), usage};
}

/** The usage documents by their keys: those of the rehearsal, or the rendered ones once they are checked. */
function usageTexts(rendered: readonly Document[], {usage, rules}: RenderPlan): Readonly<Record<string, string>> {
  if (usage) {
    const surprise = rendered.find((document) => usage[keyOf(document)] === undefined);
    if (surprise) throw new UnexpectedDocuments(`${nameOf(surprise)} was not planned`);
    return usage;
  }
  const renderings = rendered.map((head) => ({head, object: withoutFilename(meaning(head.text))}));
  const {refused, objects} = checkUsage(renderings, rules);
  if (refused.length > 0) throw new RefusedUsage(refused);
  return Object.fromEntries(rendered.map((head, i) => [keyOf(head), `${stringifyExact(objects[i])}\n`]));
}

/** As the chart made it: without the annotation, and without annotations where it was the only one. */
function withoutFilename(object: Record<string, unknown>): Record<string, unknown> {
  const {metadata} = object;
  if (!isObject(metadata) || !isObject(metadata.annotations)) return object;
  const {[filenameAnnotation]: _, ...annotations} = metadata.annotations;
  const {annotations: _all, ...rest} = metadata;
  return {...object, metadata: Object.keys(annotations).length > 0 ? {...rest, annotations} : rest};
}

function withFilename(text: string, {annotations}: Head): string {
  const filename = annotations[filenameAnnotation];
  return filename === undefined ? text : withAnnotation(text, filenameAnnotation, filename);
}

function byKey(documents: readonly Document[]): Map<string, Document> {
  const map = new Map<string, Document>();
  for (const document of documents) {
    if (map.has(keyOf(document))) throw new MalformedManifest(`the last revision has ${nameOf(document)} twice`);
    map.set(keyOf(document), document);
  }
  return map;
}

function nameOf({kind, name, namespace}: Head): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}
