import {textOf} from '../foreign.ts';
import type {NodeFacts} from '../report/types.ts';
import type {Quantities} from './capacities.ts';

/** A Node as JSON and protobuf give it, but for their capacity: everything may be absent. */
export interface NodeLike<Capacity = unknown> {
  metadata?: {name?: string | undefined} | undefined;
  spec?: {providerID?: string | undefined} | undefined;
  status?:
    | {
        capacity?: Capacity | undefined;
        nodeInfo?: Partial<NodeFacts['nodeInfo']> | undefined;
      }
    | undefined;
}

/**
 * A function that takes of a Node what a report is built from; equal strings are kept once for all nodes.
 *
 * @param quantities reads the capacity, as JSON or as protobuf
 */
export function nodeFactsReader<Capacity>(
  quantities: (capacity: Capacity) => Quantities,
): (node: NodeLike<Capacity>) => NodeFacts {
  const kept = new Map<string, string>();
  const intern = (text: unknown) => {
    if (typeof text !== 'string') return '';
    const known = kept.get(text);
    if (known !== undefined) return known;
    kept.set(text, text);
    return text;
  };
  return ({metadata, spec, status}) => {
    const info = status?.nodeInfo;
    return {
      name: textOf(metadata?.name ?? ''),
      providerID: textOf(spec?.providerID ?? ''),
      nodeInfo: {
        machineID: textOf(info?.machineID ?? ''),
        systemUUID: textOf(info?.systemUUID ?? ''),
        operatingSystem: intern(info?.operatingSystem),
        osImage: intern(info?.osImage),
        kernelVersion: intern(info?.kernelVersion),
        architecture: intern(info?.architecture),
        containerRuntimeVersion: intern(info?.containerRuntimeVersion),
        kubeletVersion: intern(info?.kubeletVersion),
      },
      capacity: status?.capacity ? quantities(status.capacity) : {},
    };
  };
}
