import {createHash} from 'node:crypto';

/** Bytes that are encoded at a time. */
const most = 256 * 1024;

/**
 * The text's UTF-8 in pieces, which share their memory: one is good until the next is asked for. So a large text gets no
 * second copy as bytes.
 */
export function* encoded(text: string): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  // A unit of UTF-16 takes three bytes at most.
  const piece = new Uint8Array(Math.min(most, 3 * text.length));
  for (let at = 0; at < text.length; ) {
    // Cut longer than what fits, so that the encoder finds the end of a piece and splits no character.
    const {read, written} = encoder.encodeInto(text.slice(at, at + most + 1), piece);
    yield piece.subarray(0, written);
    at += read;
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
  for (const piece of encoded(text)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return {bytes, sha256: hash.digest('hex')};
}
