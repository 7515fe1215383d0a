import type {KnownCluster} from '../collector/store/contract.ts';
import {clean} from '../foreign.ts';
import {padColumns} from '../host/text-width.ts';
import {count, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** Columns of the table: a UUID and what stands behind it. */
const widest = 98;
/** The longest cell of each column; what is longer moves the rest of its line. */
const widths = [36, 10, 10, 6, 10, 11];

/** The clusters as they come, without waiting for the last: a table, or a paragraph each in a narrow terminal. */
export async function* renderClusters(
  clusters: AsyncIterable<KnownCluster>,
  width: number,
): AsyncGenerator<string, void> {
  let listed = 0;
  for await (const cluster of clusters) {
    if (width < widest) yield `${paragraph(cluster, width)}\n`;
    else yield `${listed === 0 ? row(titles) : ''}${row(cells(cluster))}`;
    listed++;
  }
  if (listed === 0) yield 'It knows no cluster yet.\n';
}

/** The same for programs: one JSON value, in parts. */
export async function* clustersJson(
  store: string,
  clusters: AsyncIterable<KnownCluster>,
): AsyncGenerator<string, void> {
  let before = `{"store":${JSON.stringify(store)},"clusters":[`;
  for await (const cluster of clusters) {
    yield before + JSON.stringify(cluster);
    before = ',';
  }
  yield `${before === ',' ? '' : before}]}\n`;
}

const titles = ['ID', 'First seen', 'Last seen', ' Nodes', 'Kubernetes', 'Seldon Core'];

function cells({clusterID, firstSeen, lastSeen, nodes, kubernetes, seldon}: KnownCluster): string[] {
  const size = (nodes === undefined ? '–' : count(nodes)).padStart(widths[3]!);
  return [clean(clusterID), firstSeen, lastSeen, size, clean(kubernetes ?? '–', 20), clean(seldon ?? '–', 20)];
}

function row(cells: readonly string[]): string {
  const padded = cells.map((text, i) => padColumns(text, widths[i]!));
  return `${padded.join('  ').trimEnd()}\n`;
}

function paragraph({clusterID, firstSeen, lastSeen, nodes, kubernetes, seldon}: KnownCluster, width: number): string {
  const facts = [
    `seen from ${firstSeen} to ${lastSeen}`,
    nodes === undefined ? '' : counted(nodes, 'node'),
    kubernetes ? `Kubernetes ${clean(kubernetes, 20)}` : '',
    seldon ? `Seldon Core ${clean(seldon, 20)}` : '',
  ];
  return [clean(clusterID), ...wrap('  ', facts.filter(Boolean).join(', '), width, 'keep')].join('\n');
}
