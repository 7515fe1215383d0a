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
export function measure(text: string): {bytes: number; sha256: string} {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const piece of pieces(text)) {
    hash.update(piece);
    bytes += Buffer.byteLength(piece);
  }
  return {bytes, sha256: hash.digest('hex')};
}
