import {JSONParser, TokenizerError, TokenParserError} from '@streamparser/json';
import {MalformedList} from './protobuf-list.ts';

/** Takes the chunks of a JSON document: a Kubernetes list, or one object. */
export interface JsonListReader {
  /** @throws {MalformedList} if the text is no JSON */
  push(chunk: Uint8Array | string): void;
  /** @throws {MalformedList} if the document is not complete */
  end(): void;
}

/** The keys of a list or an object that matter; those of an object are there where it is no list. */
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
  const outer: Record<string, unknown> = {};
  const parser = new JSONParser({
    paths: ['$.items.*', '$.kind', '$.metadata', '$.spec', '$.status'],
    keepStack: false,
    stringBufferSize: 64 * 1024,
  });
  let ended = false;
  parser.onValue = ({value, key, stack}) => {
    // Numbers are the keys of a list.
    if (stack.length > 1 && typeof key !== 'number') throw new MalformedList('its items are no list');
    if (stack.length > 1) onItem(value);
    else outer[String(key)] = value;
  };
  parser.onEnd = () => {
    ended = true;
    onOuter(outer);
  };
  return {
    push(chunk) {
      try {
        parser.write(chunk);
      } catch (error) {
        throw isSyntax(error) ? new MalformedList('it is no JSON', {cause: error}) : error;
      }
    },
    end() {
      if (!ended) throw new MalformedList('the JSON ends in the middle');
    },
  };
}

/** An error of the text, not one that `onItem` threw. */
function isSyntax(error: unknown): boolean {
  return error instanceof TokenizerError || error instanceof TokenParserError;
}
