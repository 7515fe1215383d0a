/**
 * Reads a Kubernetes list in protobuf as it arrives: the bytes `k8s\0`, then a runtime.Unknown whose field 2 holds the
 * list, whose field 2 holds the items (k8s.io/apimachinery/pkg/runtime/generated.proto). Only one item is in memory at
 * a time, and only what `onItem` keeps of it stays.
 */

/** Bytes that are not what they should be: cut off, or not from a Kubernetes API server. */
export class MalformedList extends Error {}

/** Takes the chunks of one answer. */
export interface ListReader {
  /** @throws {MalformedList} if the bytes are no such list */
  push(chunk: Buffer): void;
  /**
   * Says that all has arrived.
   *
   * @throws {MalformedList} if the list is not complete
   */
  end(): void;
}

/** Largest item, or other field, that is believed: etcd takes 1.5 MiB an object by default. */
const largestItem = 4 * 1024 * 1024;

/** Tag of field 2, a message: the list in its envelope, an item in the list. */
const field2 = 0x12;

interface Input {
  /** The bytes at hand, and how far they are read. */
  chunk: Buffer;
  at: number;
  /** How many were read in all. */
  total: number;
  /** Whether the list may end here. */
  complete: boolean;
  /** Where an item that lies in two chunks is put together: most do, and a buffer for each would be all the garbage. */
  scratch: Buffer;
}

/** Runs until it needs the next chunk. */
type Reading<T> = Generator<void, T, void>;

/** A reader that calls `onItem` with the bytes of each item, valid only during the call. */
export function protobufListReader(onItem: (item: Buffer) => void): ListReader {
  const input: Input = {chunk: Buffer.alloc(0), at: 0, total: 0, complete: false, scratch: Buffer.alloc(64 * 1024)};
  const reading = readEnvelope(input, onItem);
  reading.next();
  return {
    push(chunk) {
      input.chunk = chunk;
      input.at = 0;
      reading.next();
    },
    end() {
      if (!input.complete) throw new MalformedList('the list ends in the middle');
    },
  };
}

function* readEnvelope(input: Input, onItem: (item: Buffer) => void): Reading<never> {
  const magic = yield* take(input, 4);
  if (magic.toString('latin1') !== 'k8s\0') throw new MalformedList('not protobuf of Kubernetes');
  for (let listed = false; ; ) {
    const tag = yield* varint(input);
    input.complete = false;
    if (tag === field2) {
      yield* readList(input, yield* varint(input), onItem);
      listed = true;
    } else {
      yield* skipField(input, tag);
    }
    // Fields after the list (its encoding and type) may be absent: this may be the end.
    input.complete = listed;
  }
}

function* readList(input: Input, length: number, onItem: (item: Buffer) => void): Reading<void> {
  const end = input.total + length;
  while (input.total < end) {
    const tag = yield* varint(input);
    if (tag !== field2) {
      yield* skipField(input, tag);
      continue;
    }
    const size = yield* varint(input);
    if (size > largestItem) throw new MalformedList(`an item of ${size} bytes`);
    onItem(yield* take(input, size));
  }
  if (input.total > end) throw new MalformedList('an item goes beyond its list');
}

function* varint(input: Input): Reading<number> {
  let value = 0;
  for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
    while (input.at === input.chunk.length) yield;
    const byte = input.chunk[input.at++]!;
    input.total++;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
  throw new MalformedList('a number that is too long');
}

/** The next `size` bytes, until the next call: a view where they lie in one chunk, else a copy. */
function* take(input: Input, size: number): Reading<Buffer> {
  input.total += size;
  const {chunk, at} = input;
  if (chunk.length - at >= size) {
    input.at += size;
    return chunk.subarray(at, at + size);
  }
  if (input.scratch.length < size) input.scratch = Buffer.alloc(size * 2);
  const whole = input.scratch.subarray(0, size);
  for (let filled = 0; ; ) {
    const copied = input.chunk.copy(whole, filled, input.at, input.at + size - filled);
    input.at += copied;
    filled += copied;
    if (filled === size) return whole;
    yield;
  }
}

function* skip(input: Input, size: number): Reading<void> {
  input.total += size;
  for (let left = size; ; ) {
    const skipped = Math.min(left, input.chunk.length - input.at);
    input.at += skipped;
    left -= skipped;
    if (left === 0) return;
    yield;
  }
}

function small(size: number): number {
  if (size > largestItem) throw new MalformedList(`a field of ${size} bytes`);
  return size;
}

/** Skips a field by its wire type: protobuf.dev/programming-guides/encoding. */
function* skipField(input: Input, tag: number): Reading<void> {
  const type = tag % 8;
  if (type === 0) yield* varint(input);
  else if (type === 1) yield* skip(input, 8);
  else if (type === 2) yield* skip(input, small(yield* varint(input)));
  else if (type === 5) yield* skip(input, 4);
  else throw new MalformedList(`a field of the wire type ${type}`);
}
