import type {PbfReader} from 'pbf';

/** A Node as nodes.proto describes it; what the message did not hold is undefined, or empty. */
export interface NodeMessage {
  metadata?: {name: string};
  spec?: {providerID: string};
  status?: {capacity: Record<string, {string: string}>; nodeInfo?: NodeSystemInfo};
}

export interface NodeSystemInfo {
  machineID: string;
  systemUUID: string;
  kernelVersion: string;
  osImage: string;
  containerRuntimeVersion: string;
  kubeletVersion: string;
  operatingSystem: string;
  architecture: string;
}

export function readNode(pbf: PbfReader, end?: number): NodeMessage;
