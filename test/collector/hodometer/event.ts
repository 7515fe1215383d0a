import {properties} from '../../../src/report/hodometer/properties.ts';

/** An event as Hodometer's client makes it, of the `number`th made-up cluster; `change` is merged into its properties. */
export function eventOf(number: number, change: Record<string, unknown> = {}): Record<string, unknown> {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const all = Object.fromEntries(properties.map(({name, type}) => [name, type === 'text' ? '' : 0]));
  return {
    event: 'collect metrics',
    properties: {
      token: '0'.repeat(32),
      distinct_id: id,
      $insert_id: '1790000000000000000',
      time: 1_790_000_000,
      ip: '0',
      ...all,
      collector_version: '2.8.5',
      cluster_id: id,
      seldon_core_version: '0.0.1',
      kubernetes_version: 'v1.30.1',
      ...change,
    },
  };
}

/** As the client sends it: base64 with padding, not percent-encoded. */
export function trackPath(event: unknown, path = '/track'): string {
  return `${path}?data=${Buffer.from(JSON.stringify(event)).toString('base64')}&verbose=1`;
}
