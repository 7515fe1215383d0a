import type {PbfReader} from 'pbf';

/** A Node as nodes.proto describes it; what the message did not hold is undefined, or empty. */
export interface NodeMessage {
  metadata?: {name: string};
  spec?: {providerID: string};
  status?: {capacity: Uint8Array[]; nodeInfo?: NodeSystemInfo};
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

/** An entry of the capacity. */
export interface CapacityEntry {
  key: string;
  value?: {string: string};
}

export function readNode(pbf: PbfReader, end?: number): NodeMessage;
export function readCapacityEntry(pbf: PbfReader, end?: number): CapacityEntry;
