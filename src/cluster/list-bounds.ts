import {UserError} from '../errors.ts';

/** What a list may hold; more is no list but a flood. */
export interface Bounds {
  readonly items: number;
  /** Bytes of all of it; absent: as many as the items take. */
  readonly bytes?: number;
}

/** Counts a list as it arrives. */
export interface ListBounds {
  /** @throws {UserError} cluster */
  item(): void;
  /** @throws {UserError} cluster */
  bytes(chunk: Uint8Array): void;
  /** As `bytes`, of JSON, where a few bytes can become a large value. @throws {UserError} cluster */
  json(chunk: Uint8Array): void;
}

/**
 * Most bytes between one item and the next: etcd takes 1.5 MiB an object by default, and JSON is a few times its
 * protobuf.
 */
export const mostBetween = 16 * 1024 * 1024;

/** Most brackets, braces and commas between one item and the next, those in texts included. */
const mostSigns = 500_000;

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
  let signs = 0;
  const tooLong = (reason: string) =>
    new UserError('cluster', `${what} has no end: ${reason}.`, {
      suggestions: ['This is no answer of a Kubernetes API server: check the server in the kubeconfig.'],
    });
  const bytes = ({length}: Uint8Array) => {
    since += length;
    total += length;
    if (since > mostBetween) throw tooLong(`more than ${mostBetween} bytes without an item`);
    if (total > mostBytes) throw tooLong(`more than ${mostBytes} bytes`);
  };
  return {
    bytes,
    item() {
      since = 0;
      signs = 0;
      if (++items > mostItems) throw tooLong(`more than ${mostItems} items`);
    },
    json(chunk) {
      bytes(chunk);
      for (const byte of chunk) if (byte === comma || byte === bracket || byte === brace) signs++;
      if (signs > mostSigns) throw tooLong(`an item of more than ${mostSigns} values`);
    },
  };
}

const [comma, bracket, brace] = [0x2c, 0x5b, 0x7b];
