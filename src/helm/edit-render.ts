import {isDeepStrictEqual} from 'node:util';
import {type Document, keyOf, readDocuments, splitManifest, withAnnotation, withoutAnnotation} from './documents.ts';
import {type Edit, editedText} from './edit.ts';
import {filenameAnnotation, type Rendered, type RenderPlan, UnexpectedDocuments} from './post-render.ts';

/**
 * Helm's rendering with every document replaced by what the last revision has, but the one that changes: that must be the
 * last revision's with the planned switch, and nothing else.
 *
 * @throws {UnexpectedDocuments} if the documents are not those of the last revision without the removed ones
 */
export function renderEdit(input: string, plan: RenderPlan, edit: Edit): Rendered {
  const kept = new Map(plan.stored.filter((one) => !edit.removed.includes(keyOf(one))).map((one) => [keyOf(one), one]));
  const hooks = new Map(plan.hooks.map((one) => [keyOf(one), one]));
  const seen = new Set<string>();
  const output: string[] = [];
  for (const text of splitManifest(input))
    for (const document of readDocuments(text)) {
      const isHook = 'helm.sh/hook' in document.annotations;
      const key = keyOf(document);
      const name = `${document.kind} ${document.name}`;
      const once = `${isHook ? 'hook ' : ''}${key}`;
      if (seen.has(once)) throw new UnexpectedDocuments(`${name} is there twice`);
      seen.add(once);
      const stored = (isHook ? hooks : kept).get(key);
      if (!stored) throw new UnexpectedDocuments(`${name} would be new`);
      const out = !isHook && key === edit.changed?.key ? editedText(stored, document, edit.changed.to) : stored.text;
      if (out === undefined) throw new UnexpectedDocuments(`${name} would change in more than was planned`);
      output.push(withFilename(out, document));
    }
  for (const [key, {kind, name}] of kept)
    if (!seen.has(key)) throw new UnexpectedDocuments(`${kind} ${name} would be gone`);
  return {manifest: output.map((text) => `---\n${text}`).join(''), usage: {}};
}

function withFilename(text: string, {annotations}: Document): string {
  const filename = annotations[filenameAnnotation];
  return filename === undefined ? text : withAnnotation(text, filenameAnnotation, filename);
}

/**
 * What a new record has otherwise than planned.
 *
 * @returns one clause each
 */
export function editProblems(documents: readonly Document[], stored: readonly Document[], edit: Edit): string[] {
  const problems: string[] = [];
  const expected = new Map(stored.filter((one) => !edit.removed.includes(keyOf(one))).map((one) => [keyOf(one), one]));
  const found = new Set<string>();
  for (const document of documents) {
    const key = keyOf(document);
    const one = expected.get(key);
    const name = `${document.kind} ${document.name}`;
    if (!one || found.has(key)) problems.push(`${name} would be new`);
    else if (key === edit.changed?.key) {
      if (editedText(one, document, edit.changed.to) === undefined) problems.push(`${name} would change otherwise`);
    } else if (one.text !== document.text && !sameButMark(one, document)) problems.push(`${name} would change`);
    found.add(key);
  }
  for (const [key, {kind, name}] of expected) if (!found.has(key)) problems.push(`${kind} ${name} would be gone`);
  return problems;
}

function sameButMark(one: Document, other: Document): boolean {
  return isDeepStrictEqual(
    withoutAnnotation(one.text, filenameAnnotation),
    withoutAnnotation(other.text, filenameAnnotation),
  );
}
