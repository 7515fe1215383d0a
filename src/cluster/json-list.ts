import {JSONParser, TokenizerError, TokenParserError, TokenType} from '@streamparser/json';
import {MalformedList} from './protobuf-list.ts';

/** Takes the chunks of a JSON document: a Kubernetes list, or one object. */
export interface JsonListReader {
  /** @throws {MalformedList} if the text is not JSON */
  push(chunk: Uint8Array | string): void;
  /** @throws {MalformedList} if the document is not complete */
  end(): void;
}

/** The keys of a list or an object that matter; those of an object are there where it is not a list. */
export interface Outer {
  kind?: string;
  metadata?: unknown;
  spec?: unknown;
  status?: unknown;
}

/**
 * A reader that calls `onItem` with each element of `items`, and `onOuter` at the end with the outer `kind` and, for a
 * single object, its parts. Only one item is in memory at a time.
 */
export function jsonListReader(onItem: (item: unknown) => void, onOuter: (outer: Outer) => void): JsonListReader {
  const {parser, outer} = objectParser(onItem);
  let ended = false;
  parser.onEnd = () => {
    ended = true;
    onOuter(outer());
  };
  return {
    push: pushing(parser),
    end() {
      if (!ended) throw new MalformedList('the JSON ends in the middle');
    },
  };
}

/**
 * A reader of a file that may hold several documents one after the other, as `>>` and jq leave them: `onItem` and `onOuter`
 * are called for each document in turn. An array at the top is a list that says nothing of itself.
 *
 * @param array whether the first document is an array
 */
export function jsonDocumentsReader(
  array: boolean,
  onItem: (item: unknown) => void,
  onOuter: (outer: Outer) => void,
): JsonListReader {
  // With an empty separator the parser goes on with the next document.
  const {parser, outer} = array ? arrayParser(onItem, '') : objectParser(onItem, '');
  let depth = 0;
  let complete = false;
  const finish = () => {
    if (complete) onOuter(outer());
    complete = false;
  };
  // Called before the parser has the token: what ends a document is known to be over only at the next one.
  parser.onToken = ({token}) => {
    if (depth === 0) finish();
    if (token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET) depth++;
    else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth--;
    else if (depth === 0) throw new MalformedList('there is a value outside of a document');
    complete = depth === 0;
  };
  return {
    push: pushing(parser),
    end() {
      if (depth > 0) throw new MalformedList('the JSON ends in the middle');
      // A number at the very end is a token only now.
      parsing(() => parser.end());
      finish();
    },
  };
}

/** A parser, and what it found in the document besides items; asking for that begins the next document. */
interface Parser {
  readonly parser: JSONParser;
  readonly outer: () => Outer;
}

function objectParser(onItem: (item: unknown) => void, separator?: string): Parser {
  let outer: Record<string, unknown> = {};
  const parser = new JSONParser({
    ...settings(separator),
    paths: ['$.items.*', '$.kind', '$.metadata', '$.spec', '$.status'],
  });
  parser.onValue = ({value, key, stack}) => {
    // Numbers are the keys of a list.
    if (stack.length > 1 && typeof key !== 'number') throw new MalformedList('its items are not a list');
    if (stack.length > 1) onItem(value);
    else outer[String(key)] = value;
  };
  const take = () => {
    const taken = outer;
    outer = {};
    return taken;
  };
  return {parser, outer: take};
}

function arrayParser(onItem: (item: unknown) => void, separator?: string): Parser {
  const parser = new JSONParser({...settings(separator), paths: ['$.*']});
  parser.onValue = ({value, key}) => {
    if (typeof key !== 'number') throw new MalformedList('an object follows an array');
    onItem(value);
  };
  return {parser, outer: () => ({})};
}

function settings(separator: string | undefined) {
  return {keepStack: false, stringBufferSize: 64 * 1024, ...(separator === undefined ? {} : {separator})};
}

function pushing(parser: JSONParser): JsonListReader['push'] {
  return (chunk) => parsing(() => parser.write(chunk));
}

function parsing(work: () => void): void {
  try {
    work();
  } catch (error) {
    throw isSyntax(error) ? new MalformedList('it is not JSON', {cause: error}) : error;
  }
}

/** An error of the text, not one that `onItem` threw. */
function isSyntax(error: unknown): boolean {
  return error instanceof TokenizerError || error instanceof TokenParserError;
}
