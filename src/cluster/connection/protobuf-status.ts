import {PbfReader} from 'pbf';

/**
 * What an API server says of an error in protobuf, which it does to who asked for protobuf: the message of a Status
 * (field 3) in its envelope (field 2), as k8s.io/apimachinery describes them.
 *
 * @returns undefined if the bytes are no such thing
 */
export function statusMessageOf(answer: Buffer): string | undefined {
  if (answer.subarray(0, 4).toString('latin1') !== 'k8s\0') return undefined;
  try {
    const status = fieldOf(answer.subarray(4), 2);
    const message = status && fieldOf(status, 3);
    return message && Buffer.from(message).toString('utf8');
  } catch {
    return undefined;
  }
}

/** The bytes of a field; the last where there are several, as protobuf has it. */
function fieldOf(message: Uint8Array, wanted: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  new PbfReader(message).readFields((tag, _, pbf) => {
    if (tag === wanted) found = pbf.readBytes();
  }, undefined);
  return found;
}
