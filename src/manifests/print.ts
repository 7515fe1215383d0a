import {Document, Scalar, visit} from 'yaml';
import type {KubeObject} from './index.ts';

/** Text that some reader of YAML takes for a number, a time or a date, whatever this one does. */
const looksLikeNumber = /^[-+.]?\d|^[-+]?\.(?:inf|nan)/i;

/**
 * The objects as YAML: a document each, for `kubectl apply -f -` and for Git. The same objects are the same text, and every
 * reader takes it for the same, whether it goes by YAML 1.1 as Kubernetes' does or by 1.2.
 */
export function toYaml(objects: readonly KubeObject[]): string {
  return objects.map((object) => `---\n${yamlOf(object)}`).join('');
}

/** One value as YAML, with a line break at its end. */
export function yamlOf(value: unknown): string {
  const document = new Document(value, {version: '1.1', aliasDuplicateObjects: false});
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && looksLikeNumber.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // The version is for the reader that quotes what it would take for something else; the text needs no directive.
  return document.toString({lineWidth: 0, directives: false});
}

/** The objects as one, for programs. */
export function toList(objects: readonly KubeObject[]): object {
  return {apiVersion: 'v1', kind: 'List', items: objects};
}
