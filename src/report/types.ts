/**
 * The report: Spartakus' record, field for field, in the order in which Go emits it. What each field means and where it
 * comes from is in the table of fields.ts; a test holds the two together.
 */
export interface Report {
  version: string;
  /** UNIX seconds, as a string. */
  timestamp: string;
  clusterID: string;
  masterVersion?: string;
  nodes?: NodeReport[];
  extensions?: Extension[];
}

export interface NodeReport {
  id: string;
  operatingSystem?: string;
  osImage?: string;
  kernelVersion?: string;
  architecture?: string;
  containerRuntimeVersion?: string;
  kubeletVersion?: string;
  cloudProvider?: string;
  capacity?: Capacity[];
}

export interface Capacity {
  resource: string;
  /** A Kubernetes quantity in its canonical form: `4`, `15405960Ki`, `500m`. */
  value: string;
}

export interface Extension {
  name: string;
  value: string;
}

/** What is read of a Kubernetes Node. Empty strings stand for what the node does not say. */
export interface NodeFacts {
  /** metadata.name: hashed, never sent. */
  name: string;
  /** spec.providerID: only a well-known scheme is sent. */
  providerID: string;
  /** status.nodeInfo; machineID and systemUUID are hashed, never sent. */
  nodeInfo: {
    machineID: string;
    systemUUID: string;
    operatingSystem: string;
    osImage: string;
    kernelVersion: string;
    architecture: string;
    containerRuntimeVersion: string;
    kubeletVersion: string;
  };
  /** status.capacity: quantities by resource name, in any order. */
  capacity: Readonly<Record<string, string>>;
}
