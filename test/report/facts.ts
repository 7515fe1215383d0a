import type {NodeFacts} from '../../src/report/types.ts';

/** Facts of a node, those of an ordinary one where nothing else is said. */
export function nodeFacts({
  nodeInfo,
  ...rest
}: Partial<Omit<NodeFacts, 'nodeInfo'>> & {nodeInfo?: Partial<NodeFacts['nodeInfo']>} = {}): NodeFacts {
  return {
    name: 'node-1',
    providerID: 'aws:///eu-west-1a/i-0123',
    capacity: {cpu: '4', memory: '16Gi'},
    ...rest,
    nodeInfo: {
      machineID: 'ec2f9d14',
      systemUUID: '55a9-b3a1',
      operatingSystem: 'linux',
      osImage: 'Ubuntu 24.04',
      kernelVersion: '6.8.0',
      architecture: 'amd64',
      containerRuntimeVersion: 'containerd://2.0.5',
      kubeletVersion: 'v1.33.1',
      ...nodeInfo,
    },
  };
}
