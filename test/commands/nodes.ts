import {readFileSync} from 'node:fs';

/** The example cluster, as kubectl printed it. */
export const exampleNodes = readFileSync('examples/nodes.json', 'utf8');
export const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';

/** A Node that says little; `status` and `metadata` replace what is there. */
export function node(status: object = {}, metadata: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {name: 'node-1', ...metadata},
    spec: {providerID: 'aws:///a/i-1'},
    status: {nodeInfo: {machineID: 'm', systemUUID: 's', osImage: 'Ubuntu'}, capacity: {cpu: '4'}, ...status},
  };
}

export function list(...items: unknown[]): string {
  return JSON.stringify({apiVersion: 'v1', kind: 'List', metadata: {resourceVersion: ''}, items});
}
