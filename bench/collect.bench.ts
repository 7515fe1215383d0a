import {join} from 'node:path';
import {startApiserver} from '../test/rig/apiserver.ts';
import {createNodes} from '../test/rig/nodes.ts';
import type {Bench, Figure} from './figures.ts';
import {median, ratio, script, sideBySide} from './measure.ts';

const id = '--cluster-id=846db7e9-c861-43d7-8d08-31578af59878';

/** Reading 5,000 and 15,000 nodes: whole processes, against curl of the same bytes and client-node's list. */
export const bench: Bench = {
  name: 'Collect from a real API server: whole process, medians',
  async run() {
    const server = await startApiserver();
    try {
      const figures: Figure[] = [];
      await createNodes(server, 5000);
      const kubeconfig = server.kubeconfig({user: 'admin'});
      const collect = script('collect', [
        join(import.meta.dirname, '../bin/run.js'),
        'collect',
        '--kubeconfig',
        kubeconfig,
        id,
      ]);
      const listNode = script('listNode', [join(import.meta.dirname, 'list-node.js'), kubeconfig]);
      const curl = {
        name: 'curl',
        command: 'curl',
        args: [
          ...['-sS', '--fail', '--cacert', server.caFile, '-o', '/dev/null'],
          ...[
            '-H',
            `Authorization: Bearer ${server.tokens.admin}`,
            '-H',
            'Accept: application/vnd.kubernetes.protobuf',
          ],
          `${server.url}/api/v1/nodes?resourceVersion=0`,
        ],
      };
      const runs = await sideBySide([curl, collect, listNode], 5);
      const [ofCurl, ofCollect, ofList] = [runs.get('curl')!, runs.get('collect')!, runs.get('listNode')!];
      figures.push(
        {what: '5,000 nodes, wall', value: ratio(ofCollect, ofCurl, 'wall'), unit: '× curl', limit: {most: 1.3}},
        {what: '5,000 nodes, CPU', value: ratio(ofCollect, ofList, 'cpu'), unit: '× listNode', limit: {most: 0.25}},
        {
          what: '5,000 nodes, peak memory',
          value: ratio(ofCollect, ofList, 'peak'),
          unit: '× listNode',
          limit: {most: 0.2},
        },
        {
          what: '5,000 nodes, peak memory',
          value: median(ofCollect.map(({peak}) => peak)),
          unit: 'MiB',
          limit: {most: 100},
        },
        {what: '5,000 nodes, wall of curl', value: median(ofCurl.map(({wall}) => wall)), unit: 's'},
      );
      await createNodes(server, 15_000);
      const [large] = [...(await sideBySide([collect], 3)).values()];
      figures.push({
        what: '15,000 nodes, peak memory',
        value: median(large!.map(({peak}) => peak)),
        unit: 'MiB',
        limit: {most: 140},
      });
      return figures;
    } finally {
      await server.close();
    }
  },
};
