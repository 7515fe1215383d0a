import {Chalk} from 'chalk';
import type {Collected} from '../../src/operations/collect.ts';
import type {Shown} from '../../src/render/show.ts';
import {buildNode} from '../../src/report/build.ts';
import type {NodeReport, Report} from '../../src/report/types.ts';
import {realisticNode} from '../rig/nodes.ts';

/** No colours, as in a pipe. */
export const plain = new Chalk({level: 0});

export const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';

/** Reports of so many realistic nodes. */
export function nodeReports(count: number): NodeReport[] {
  return Array.from({length: count}, (_, number) => {
    const {metadata, spec, status} = realisticNode(number);
    const capacity = status.capacity as Record<string, string>;
    return buildNode({name: metadata.name, providerID: spec.providerID ?? '', nodeInfo: status.nodeInfo, capacity});
  });
}

export function report(rest: Partial<Report> = {}): Report {
  return {version: 'v0.1.0+seldon-usage', timestamp: '1751371200', clusterID, ...rest};
}

/** What a cluster with nothing special gives. */
export function shown(rest: Partial<Report> = {}, collected: Partial<Collected> = {}): Shown {
  const one = report(rest);
  return {
    report: one,
    destination: {value: 'https://usage.example.com', origin: 'flag'},
    collected: {
      report: one,
      clusterID: {value: clusterID, origin: {from: 'cluster', namespace: 'seldon-system'}},
      cluster: {context: 'production', server: 'https://10.0.0.1:6443', user: 'jane'},
      notSent: {hashedNodes: one.nodes?.length ?? 0, guessableNodes: 0, withheld: [], omitted: [], unknownThen: []},
      scope: {version: one.version, fields: [], capacity: 'known', extensions: []},
      wider: [],
      warnings: [],
      ...collected,
    },
  };
}
