import {UserError} from '../errors.ts';

/** What a list may hold; more is not a list but a flood. */
export interface Bounds {
  readonly items: number;
  /** Bytes of all of it; absent: as many as the items take. */
  readonly bytes?: number;
}

/** Counts a list as it arrives. */
export interface ListBounds {
  /**
   * @param characters that may stay in memory of it
   * @throws {UserError} cluster
   */
  item(characters?: number): void;
  /** @throws {UserError} cluster */
  bytes(chunk: Uint8Array): void;
  /** As `bytes`, of JSON, where a few bytes can become a large value. @throws {UserError} cluster */
  json(chunk: Uint8Array): void;
}

/** Most bytes between one item and the next: etcd takes 1.5 MiB an object by default. */
const mostBetween = 4 * 1024 * 1024;

/** Most characters that stay in memory of all items: of 80,000 usual nodes it is 24 million, and no provider has as many. */
const mostKept = 26_000_000;

/** Most commas, and most brackets and braces, between one item and the next, those in texts included. */
const mostCommas = 200_000;
const mostBrackets = 50_000;

/**
 * Bounds for one list that is read as a stream, so that an answer without an end ends all the same. Not tried again: the
 * next answer would be as long.
 *
 * @param what the list, for messages: `The list of nodes from https://…`
 */
export function listBounds(what: string, {items: mostItems, bytes: mostBytes = Infinity}: Bounds): ListBounds {
  let items = 0;
  let total = 0;
  let since = 0;
  let kept = 0;
  let commas = 0;
  let brackets = 0;
  const tooLong = (reason: string) =>
    new UserError('cluster', `${what} has no end: ${reason}.`, {
      suggestions: ['This is not an answer of a Kubernetes API server: check the server in the kubeconfig.'],
    });
  const bytes = ({length}: Uint8Array) => {
    since += length;
    total += length;
    if (since > mostBetween) throw tooLong(`more than ${mostBetween} bytes without an item`);
    if (total > mostBytes) throw tooLong(`more than ${mostBytes} bytes`);
  };
  return {
    bytes,
    item(characters = 0) {
      kept += characters;
      if (kept > mostKept) throw tooLong(`more than ${mostKept} characters to keep`);
      since = 0;
      commas = 0;
      brackets = 0;
      if (++items > mostItems) throw tooLong(`more than ${mostItems} items`);
    },
    json(chunk) {
      bytes(chunk);
      // By index: each byte of a list comes here, and an iterator would take seven times as long.
      for (let i = 0; i < chunk.length; i++) {
        const byte = chunk[i];
        if (byte === comma) commas++;
        else if (byte === bracket || byte === brace) brackets++;
      }
      if (commas > mostCommas || brackets > mostBrackets) throw tooLong('an item of more values than any has');
    },
  };
}

const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b];
