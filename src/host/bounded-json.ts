/** How large a JSON text may be once it is objects in memory. */
export interface JsonBounds {
  /** Levels of nesting. */
  readonly depth: number;
  /** Values in all: texts, numbers, lists, objects. */
  readonly values: number;
}

/** JSON that would take more memory than it is worth; the message is a clause: `it is nested deeper than 100 levels`. */
export class UnboundedJson extends Error {
  override readonly name = 'UnboundedJson';
}

/**
 * Counts what a JSON text would become, before it does: a short text of nothing but brackets takes fifty times its size
 * in memory. Whether it is JSON at all is the parser's to say.
 *
 * @param bytes UTF-8
 * @throws {UnboundedJson}
 */
export function requireBoundedJson(bytes: Buffer, {depth: deepest, values: most}: JsonBounds): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case quote:
        at = endOfText(bytes, at);
        break;
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > deepest) throw new UnboundedJson(`it is nested deeper than ${deepest} levels`);
        values++;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case 0x2c: // ,
        if (++values > most) throw new UnboundedJson(`it holds more than ${most} values`);
        break;
    }
  }
}

const quote = 0x22;
const backslash = 0x5c;

/** Bytes that are looked at one by one before the rest is searched: faster where there are many quotes. */
const near = 32;

/** Where the text that begins at a quote ends; the end of the bytes if it does not. */
function endOfText(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    for (const until = Math.min(at + near, bytes.length); at < until; at++) {
      if (bytes[at] === quote) return at;
      if (bytes[at] === backslash) at++;
    }
    const end = bytes.indexOf(quote, at);
    if (end === -1) return bytes.length;
    let escapes = 0;
    while (end - 1 - escapes >= at && bytes[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
    at = end;
  }
  return bytes.length;
}
