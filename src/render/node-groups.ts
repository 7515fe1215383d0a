import {clean} from '../foreign.ts';
import {deviceLabels, type NodeReport} from '../report/index.ts';
import {amount, count, counted, resourceAmount} from './units.ts';

/** Nodes that look alike, as lines for people. */
export interface NodeGroup {
  readonly nodes: number;
  readonly lines: readonly string[];
}

/** Groups the nodes that read the same, the largest group first: a handful of lines for a cluster of any size. */
export function groupNodes(nodes: readonly NodeReport[]): NodeGroup[] {
  const groups = new Map<string, number>();
  const kept = new Map<string, string>();
  for (const node of nodes) {
    const text = describe(node, kept);
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  return [...groups]
    .map(([text, nodes]) => ({nodes, lines: text.split('\n')}))
    .sort((a, b) => b.nodes - a.nodes || (a.lines.join() < b.lines.join() ? -1 : 1));
}

function describe(node: NodeReport, kept: Map<string, string>): string {
  const cleaned = (text: string | undefined) => {
    if (!text) return undefined;
    const known = kept.get(text) ?? clean(text, 80);
    kept.set(text, known);
    return known;
  };
  const platform = [cleaned(node.operatingSystem), cleaned(node.architecture)].filter(Boolean).join('/');
  const first = [cleaned(node.osImage), platform, node.cloudProvider && `cloud ${cleaned(node.cloudProvider)}`];
  const second = [
    node.kernelVersion && `kernel ${cleaned(node.kernelVersion)}`,
    node.kubeletVersion && `kubelet ${cleaned(node.kubeletVersion)}`,
    cleaned(node.containerRuntimeVersion),
  ];
  const third = [...(node.capacity ?? [])]
    .sort((a, b) => weight(a.resource) - weight(b.resource))
    .map(({resource, value}) => capacity(cleaned(resource)!, value));
  return (
    [first, second, third.filter(Boolean)]
      .map((parts) => parts.filter(Boolean).join(', '))
      .filter(Boolean)
      .join('\n') || 'nothing but an ID'
  );
}

/** An amount of zero is left out: it is sent, but says only that the node could have such a thing. */
function capacity(resource: string, value: string): string {
  const number = amount(value);
  if (number === 0) return '';
  const label = resource === 'cpu' ? 'CPU' : (deviceLabels.get(resource) ?? resource);
  return `${Number.isNaN(number) ? clean(value, 40) : resourceAmount(resource, number)} ${label}`;
}

/** What people look for first comes first: CPU, memory, devices. */
function weight(resource: string): number {
  const place = ['cpu', 'memory'].indexOf(resource);
  return place >= 0 ? place : deviceLabels.has(resource) ? 2 : 3;
}

/** Sums of all nodes: `20,000 CPU, 78.1 TiB memory, 250 NVIDIA GPU`. */
export function totals(nodes: readonly NodeReport[]): string {
  const sums = new Map<string, number>();
  for (const {capacity = []} of nodes) {
    for (const {resource, value} of capacity) sums.set(resource, (sums.get(resource) ?? 0) + (amount(value) || 0));
  }
  const devices = [...sums].filter(([resource, sum]) => deviceLabels.has(resource) && sum > 0);
  return [
    counted(nodes.length, 'node'),
    ...(sums.has('cpu') ? [`${count(sums.get('cpu')!)} CPU`] : []),
    ...(sums.has('memory') ? [`${resourceAmount('memory', sums.get('memory')!)} memory`] : []),
    ...devices.map(([resource, sum]) => `${resourceAmount(resource, sum)} ${deviceLabels.get(resource)}`),
  ].join(', ');
}
