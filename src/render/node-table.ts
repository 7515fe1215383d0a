import {clean} from '../foreign.ts';
import {textWidth} from '../host/text-width.ts';
import type {NodeReport} from '../report/index.ts';
import {table} from './table.ts';
import {amount, resourceAmount} from './units.ts';
import {wrap} from './wrap.ts';

/** A line a node, or where the width is too small for the columns, a paragraph. */
export function nodeTable(nodes: readonly NodeReport[], width: number): string {
  const columns = [
    {title: 'ID'},
    {title: 'OS image', share: 3},
    {title: 'Kubelet', share: 2},
    {title: 'Architecture'},
    {title: 'Cloud'},
    {title: 'CPU'},
    {title: 'Memory'},
  ];
  const rows = nodes.map(({id, osImage, kubeletVersion, architecture, cloudProvider, capacity = []}) => {
    const of = (name: string) => {
      const value = capacity.find(({resource}) => resource === name)?.value;
      if (value === undefined) return '';
      const number = amount(value);
      return Number.isNaN(number) ? clean(value, 20) : resourceAmount(name, number);
    };
    return [id, osImage ?? '', kubeletVersion ?? '', architecture ?? '', cloudProvider ?? '']
      .map((text) => clean(text, 80))
      .concat(of('cpu'), of('memory'));
  });
  const text = table(columns, rows, width);
  if (text.split('\n').every((line) => textWidth(line) <= width)) return text;
  return rows
    .flatMap(([id = '', image, kubelet, architecture, cloud, cpu, memory]) => {
      const parts = [image, kubelet, architecture, cloud, cpu && `${cpu} CPU`, memory && `${memory} memory`];
      return [...wrap('', id, width), ...wrap('  ', parts.filter(Boolean).join(', '), width)];
    })
    .join('\n');
}
