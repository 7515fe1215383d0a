import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Outer} from './json-list.ts';
import type {NodeLike} from './node-facts.ts';

/** How people make what is read here. */
export const howTo = 'Make it with: kubectl get nodes -o json > nodes.json';

/** Takes the documents of a file one after the other: the items of each, then what stands around them. */
export interface NodeDocuments {
  item(value: unknown): void;
  outer(outer: Outer): void;
  /** @throws {UserError} input, if what was read is not a list of nodes or not a whole one */
  end(): void;
}

/**
 * Finds the Nodes in documents: a NodeList, a List of Nodes, single Nodes, or the pages of a list. What says no kind counts
 * where it can be nothing but a Node: only Nodes have `status.nodeInfo`.
 *
 * @param name of the file, for messages
 */
export function nodeDocuments(name: string, node: (node: NodeLike) => void): NodeDocuments {
  const otherKinds = new Set<string>();
  /** In which document a node of that name was. */
  const seenIn = new Map<string, number>();
  let documents = 0;
  /** Items of the document that is being read, and whether one of them might be anything. */
  let items = 0;
  let unsure = false;
  let lists = 0;
  /** Nodes that the last list leaves to another page; undefined where it was the last. */
  let missing: string | undefined;

  const take = (found: NodeLike) => {
    const own = found.metadata?.name;
    if (typeof own === 'string' && own !== '') {
      if ((seenIn.get(own) ?? documents) !== documents)
        throw notNodes(name, `the node ${clean(own, 100)} more than once, as if it had been written twice`);
      seenIn.set(own, documents);
    }
    node(found);
  };

  return {
    item(value) {
      items++;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        otherKinds.add('something that is not an object');
        return;
      }
      const {kind, ...found} = value as NodeLike & {kind?: unknown};
      if (isAbsent(kind)) unsure ||= !isNode(found);
      else if (kind !== 'Node') {
        otherKinds.add(clean(kind, 60));
        return;
      }
      take(found);
    },
    outer({kind, ...rest}) {
      const isList = kind === 'NodeList' || kind === 'List' || (isAbsent(kind) && items > 0 && !unsure);
      if (isList) {
        if (lists > 0 && missing === undefined)
          throw notNodes(name, 'more than one list, as if it had been written twice');
        lists++;
        missing = leftToNextPage(rest.metadata);
      } else if (kind === 'Node' || (isAbsent(kind) && items === 0 && isNode(rest as NodeLike))) {
        take(rest as NodeLike);
      } else {
        throw notNodes(name, isAbsent(kind) ? 'something that says no kind' : `a ${clean(kind, 60)}`);
      }
      documents++;
      items = 0;
      unsure = false;
    },
    end() {
      if (otherKinds.size > 0) throw notNodes(name, `other kinds too: ${[...otherKinds].slice(0, 5).join(', ')}`);
      if (missing !== undefined) {
        throw new UserError('input', `${name} holds a page of a list, and ${missing} more nodes are not in it.`, {
          suggestions: [howTo, 'Pages may follow one another in one file.'],
        });
      }
    },
  };
}

/** An error that says what a file holds in the place of a list of Nodes. */
export function notNodes(name: string, what: string): UserError {
  return new UserError('input', `${name} holds ${what}, where a list of Nodes is expected.`, {suggestions: [howTo]});
}

/** Go leaves out what is empty, and other writers write it as null or as an empty text. */
function isAbsent(kind: unknown): boolean {
  return kind === undefined || kind === null || kind === '';
}

function isNode({status}: NodeLike): boolean {
  return typeof status?.nodeInfo === 'object' && status.nodeInfo !== null;
}

/**
 * How many nodes a list leaves to its next page, undefined if there is none: the API's `continue` and `remainingItemCount`
 * (kubernetes.io, API concepts, "Retrieving large results sets in chunks").
 */
function leftToNextPage(metadata: unknown): string | undefined {
  const {continue: token, remainingItemCount: count} = (metadata ?? {}) as Record<string, unknown>;
  if (typeof token !== 'string' || token === '') return undefined;
  return typeof count === 'number' ? String(count) : 'some';
}
