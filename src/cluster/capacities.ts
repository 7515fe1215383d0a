import {PbfReader} from 'pbf';
import {textOf} from '../foreign.ts';
import {readCapacityEntry} from './nodes.generated.js';

/**
 * Quantities by the name of the resource. Nodes that are alike have one and the same object, which nobody changes: by it the
 * report's list is made once for all of them (`nodeBuilder`), and weighs once (nodes.ts). No more is kept by it.
 */
export type Quantities = Readonly<Record<string, string>>;

/** A large cluster has few kinds of nodes; where each is of its own kind, more would only take memory. */
const mostKept = 1000;

/** A function that reads `status.capacity` of a Node in JSON, where a quantity can also be a number. */
export function jsonCapacities(): (capacity: unknown) => Quantities {
  const kept = new Map<string, Quantities>();
  return (capacity) => {
    if (typeof capacity !== 'object' || capacity === null) return {};
    const quantities = quantitiesOf(capacity);
    const key = JSON.stringify(quantities);
    return kept.get(key) ?? keep(kept, key, quantities);
  };
}

function quantitiesOf(capacity: object): Quantities {
  return Object.fromEntries(Object.entries(capacity).map(([resource, quantity]) => [resource, textOf(quantity)]));
}

/**
 * A function that reads `status.capacity` of a Node in protobuf: entries of a map, as they are in the message. Entries
 * of the same bytes are decoded once, which for 5,000 nodes is a tenth of all work.
 */
export function protobufCapacities(): (entries: readonly Uint8Array[]) => Quantities {
  const kept = new Map<string, Quantities>();
  return (entries) => {
    const key = bytesOf(entries);
    return kept.get(key) ?? keep(kept, key, decoded(entries));
  };
}

/** All that lies between the beginning of the first entry and the end of the last: only that the first's length is not in it. */
function bytesOf(entries: readonly Uint8Array[]): string {
  const first = entries[0];
  const last = entries.at(-1);
  if (!first || !last) return '';
  const length = last.byteOffset + last.length - first.byteOffset;
  return `${first.length}:${Buffer.from(first.buffer, first.byteOffset, length).toString('latin1')}`;
}

function decoded(entries: readonly Uint8Array[]): Quantities {
  // Not by assignment, which for one name sets the prototype.
  return Object.fromEntries(
    entries.map((entry) => {
      const {key, value} = readCapacityEntry(new PbfReader(entry));
      return [key, value?.string ?? ''];
    }),
  );
}

function keep(kept: Map<string, Quantities>, key: string, capacity: Quantities): Quantities {
  if (kept.size < mostKept) kept.set(key, capacity);
  return capacity;
}
