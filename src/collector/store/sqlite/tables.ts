import type {KindName} from '../../kinds.ts';

/** Tables that each kind of report has for itself; those of Spartakus' reports came first, and have the plain names. */
const names = [
  'report',
  'cluster',
  'cluster_day',
  'changed',
  'counter',
  'numbered',
  'gathered',
  'cluster_period',
  'tally',
  'tracked',
  // Of a connection.
  'touched',
  'fresh',
] as const;

export type Tables = {readonly [name in (typeof names)[number]]: string};

function tablesOf(prefix: string): Tables {
  return Object.fromEntries(names.map((name) => [name, prefix + name])) as Tables;
}

/** Names of the tables of a kind. */
export const tables: Readonly<Record<KindName, Tables>> = {
  spartakus: tablesOf(''),
  hodometer: tablesOf('hodometer_'),
};
