import {createHash} from 'node:crypto';

/** Characters that are encoded at a time: a large text gets no second copy as bytes. */
const slice = 64 * 1024;

/** The text in pieces that can be encoded one by one: a surrogate pair stays together. */
export function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + slice, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end--;
    yield text.slice(at, end);
    at = end;
  }
}

/** Length in bytes and hex SHA-256 of a text's UTF-8. */
export interface Measure {
  readonly bytes: number;
  readonly sha256: string;
}

/** Measures a text without encoding it as a whole. */
export function measure(text: string): Measure {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of pieces(text)) {
    const encoded = Buffer.from(piece);
    hash.update(encoded);
    bytes += encoded.length;
  }
  return {bytes, sha256: hash.digest('hex')};
}
