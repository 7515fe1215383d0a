import {
  type Document,
  type Head,
  keyOf,
  MalformedManifest,
  readHead,
  splitManifest,
  withAnnotation,
} from './documents.ts';
import {isUsageDocument} from './usage.ts';

/** What the post-renderer goes by: the documents of the last revision, and what may change. Lies in a private file. */
export interface RenderPlan {
  /** Whether the usage documents are to be there afterwards. */
  readonly on: boolean;
  /** Documents of the last revision's manifest. */
  readonly stored: readonly Document[];
  /** Hooks of the last revision: Helm 4 renders them into the same stream. */
  readonly hooks: readonly Document[];
  /** Usage documents that an earlier rendering of this plan brought, by their keys: they are used again as they were. */
  readonly usage?: Readonly<Record<string, string>>;
}

/** What becomes of a rendered manifest. */
export interface Rendered {
  readonly manifest: string;
  /** The usage documents in it, by their keys. */
  readonly usage: Readonly<Record<string, string>>;
}

/** Annotation by which Helm 4 knows the file of a document that went through a post-renderer. */
export const filenameAnnotation = 'postrenderer.helm.sh/postrender-filename';

/** The rendered manifest is not what was planned. */
export class UnexpectedDocuments extends Error {
  override readonly name = 'UnexpectedDocuments';
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
  const usage: Record<string, string> = {};
  const seen = new Set<string>();
  const output: string[] = [];
  for (const text of splitManifest(input)) {
    // Unchanged text needs no parsing: most of a manifest is one large CustomResourceDefinition.
    const head = byText.get(text) ?? readHead(text);
    const isHook = 'helm.sh/hook' in head.annotations;
    const key = `${isHook ? 'hook ' : ''}${keyOf(head)}`;
    if (seen.has(key)) throw new UnexpectedDocuments(`${nameOf(head)} is there twice`);
    seen.add(key);
    const stored = (isHook ? hooks : kept).get(keyOf(head));
    if (stored) {
      output.push(withFilename(stored.text, head));
    } else if (plan.on && !isHook && isUsageDocument(head)) {
      const known = plan.usage?.[key];
      if (plan.usage && known === undefined) throw new UnexpectedDocuments(`${nameOf(head)} was not planned`);
      usage[key] = known ?? text;
      output.push(usage[key]!);
    } else {
      throw new UnexpectedDocuments(`${nameOf(head)} would be new`);
    }
  }
  for (const [key, document] of kept)
    if (!seen.has(key)) throw new UnexpectedDocuments(`${nameOf(document)} would be gone`);
  for (const key of Object.keys(plan.usage ?? {}))
    if (!seen.has(key)) throw new UnexpectedDocuments(`${key} was planned and is not there`);
  if (plan.on && Object.keys(usage).length === 0) throw new UnexpectedDocuments('the chart renders no usage objects');
  return {manifest: output.map((text) => `---\n${text}`).join(''), usage};
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
