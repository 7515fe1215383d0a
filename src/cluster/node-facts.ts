import type {NodeFacts} from '../report/types.ts';

/** A Node as JSON and protobuf give it: everything may be absent. */
export interface NodeLike {
  metadata?: {name?: string | undefined} | undefined;
  spec?: {providerID?: string | undefined} | undefined;
  status?:
    | {
        capacity?: Record<string, string | {string: string}> | undefined;
        nodeInfo?: Partial<NodeFacts['nodeInfo']> | undefined;
      }
    | undefined;
}

/** A function that takes of a Node what a report is built from; equal strings are kept once for all nodes. */
export function nodeFactsReader(): (node: NodeLike) => NodeFacts {
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
    const capacity: Record<string, string> = {};
    const given = status?.capacity ?? {};
    for (const resource of Object.keys(given)) {
      const quantity = given[resource];
      // In JSON a quantity can also be a number.
      capacity[intern(resource)] = intern(
        typeof quantity === 'object' && quantity !== null ? quantity.string : String(quantity),
      );
    }
    return {
      name: String(metadata?.name ?? ''),
      providerID: String(spec?.providerID ?? ''),
      nodeInfo: {
        machineID: String(info?.machineID ?? ''),
        systemUUID: String(info?.systemUUID ?? ''),
        operatingSystem: intern(info?.operatingSystem),
        osImage: intern(info?.osImage),
        kernelVersion: intern(info?.kernelVersion),
        architecture: intern(info?.architecture),
        containerRuntimeVersion: intern(info?.containerRuntimeVersion),
        kubeletVersion: intern(info?.kubeletVersion),
      },
      capacity,
    };
  };
}
