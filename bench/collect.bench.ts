import {join} from 'node:path';
import {type SharedApiserver, startApiserver} from '../test/rig/apiserver.ts';
import {createNodes, nodeOfItsOwn} from '../test/rig/nodes.ts';
import type {Bench, Figure} from './figures.ts';
import {median, type Run, ratio, type Subject, script, sideBySide} from './measure.ts';

const id = '--cluster-id=846db7e9-c861-43d7-8d08-31578af59878';

/** Reading 5,000 and 15,000 nodes: whole processes, against curl of the same bytes and client-node's list. */
export const bench: Bench = {
  name: 'Collect from a real API server: whole process, medians',
  async run() {
    return [...(await ofAlike()), ...(await ofDifferent())];
  },
};

async function ofAlike(): Promise<Figure[]> {
  const server = await startApiserver();
  try {
    await createNodes(server, 5000);
    const [curl, collect, listNode] = subjects(server);
    const besideCurl = await sideBySide([curl, collect], 15, () => collectGarbage(server));
    const ofCurl = besideCurl.get('curl')!;
    const runs = await sideBySide([collect, listNode], 5, () => collectGarbage(server));
    const figures: Figure[] = [
      {
        what: '5,000 nodes, wall',
        value: ratio(besideCurl.get('collect')!, ofCurl, 'wall'),
        unit: '× curl',
        limit: {most: 1.15},
      },
      ...againstList('5,000 nodes', runs, {cpu: 0.18, peak: 0.16}),
      {what: '5,000 nodes, wall of curl', value: median(ofCurl.map(({wall}) => wall)), unit: 's'},
    ];
    await createNodes(server, 15_000);
    const [large] = [...(await sideBySide([collect], 3)).values()];
    figures.push({
      what: '15,000 nodes, peak memory',
      value: median(large!.map(({peak}) => peak)),
      unit: 'MiB',
      limit: {most: 100},
    });
    return figures;
  } finally {
    await server.close();
  }
}

/** Has the server collect its garbage now: else it does so during every second list, which then takes half as long again. */
async function collectGarbage(server: SharedApiserver): Promise<void> {
  const {status} = await server.request('GET', '/debug/pprof/heap?gc=1');
  if (status !== 200) throw new Error(`the server did not collect its garbage: ${status}`);
}

/** Where each node has a capacity of its own, nothing is decoded or built once for several. */
async function ofDifferent(): Promise<Figure[]> {
  const server = await startApiserver();
  try {
    await createNodes(server, 5000, nodeOfItsOwn);
    const [, collect, listNode] = subjects(server);
    return againstList(
      '5,000 nodes that all differ',
      await sideBySide([collect, listNode], 5, () => collectGarbage(server)),
      {cpu: 0.25, peak: 0.2},
    );
  } finally {
    await server.close();
  }
}

function againstList(what: string, runs: ReadonlyMap<string, Run[]>, most: {cpu: number; peak: number}): Figure[] {
  const [ofCollect, ofList] = [runs.get('collect')!, runs.get('listNode')!];
  const peak = `${what}, peak memory`;
  return [
    {what: `${what}, CPU`, value: ratio(ofCollect, ofList, 'cpu'), unit: '× listNode', limit: {most: most.cpu}},
    {what: peak, value: ratio(ofCollect, ofList, 'peak'), unit: '× listNode', limit: {most: most.peak}},
    {what: peak, value: median(ofCollect.map(({peak}) => peak)), unit: 'MiB', limit: {most: 100}},
  ];
}

function subjects(server: SharedApiserver): [curl: Subject, collect: Subject, listNode: Subject] {
  const kubeconfig = server.kubeconfig({user: 'admin'});
  const curl = {
    name: 'curl',
    command: 'curl',
    args: [
      ...['-sS', '--fail', '--cacert', server.caFile, '-o', '/dev/null'],
      ...['-H', `Authorization: Bearer ${server.tokens.admin}`],
      ...['-H', 'Accept: application/vnd.kubernetes.protobuf'],
      `${server.url}/api/v1/nodes?resourceVersion=0`,
    ],
  };
  const run = join(import.meta.dirname, '../bin/run.js');
  return [
    curl,
    script('collect', [run, 'collect', '--kubeconfig', kubeconfig, id]),
    script('listNode', [join(import.meta.dirname, 'list-node.js'), kubeconfig]),
  ];
}
