import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {becomesAnother} from '../../host/go-url.ts';
import {isLoopbackHost} from '../../host/loopback.ts';
import {type KindName, kindNames} from '../kinds.ts';
import {bigqueryTable} from './bigquery-name.ts';
import type {Sink, SinkAddress, Surrounds} from './contract.ts';

/** Each kind is loaded when a sink of it is used. */
const kinds: Readonly<Record<SinkAddress['kind'], (address: SinkAddress, around: Surrounds) => Promise<Sink>>> = {
  collector: async ({url}, around) => (await import('./collector.ts')).collectorSink(url!, around),
  clickhouse: async ({url}, around) => (await import('./clickhouse.ts')).clickhouseSink(url!, around),
  bigquery: async ({url}, around) => (await import('./bigquery.ts')).bigquerySink(url!, around),
  stdout: async () => (await import('./stdout.ts')).stdoutSink(),
};

/** Opens a sink. @throws {SinkTrouble} if that may pass */
export function openSink(address: SinkAddress, around: Surrounds): Promise<Sink> {
  return kinds[address.kind](address, around);
}

/** Whether a name is one of a sink, and not of a store; whether it is a good one `sinkAddress` tells. */
export function namesSink(text: string): boolean {
  return /^(?:https?:|clickhouse:|bigquery:|stdout:?$)/i.test(text.trim());
}

/** Kinds of which a sink keeps the date at which the collector got a report; others date by themselves, or not at all. */
export function keepsDates({kind}: SinkAddress): readonly KindName[] {
  if (kind === 'clickhouse') return kindNames;
  return kind === 'bigquery' ? ['hodometer'] : [];
}

/** Path of Spartakus' protocol, where the user names none. */
const protocolPath = '/api/v1';

/**
 * The sink that a user names.
 *
 * @throws {UserError} usage, if it is none, holds a password, or could be overheard; nothing of a URL but its host is repeated
 */
export function sinkAddress(text: string): SinkAddress {
  const named = text.trim();
  if (named === 'stdout' || named === 'stdout:') return {kind: 'stdout', name: 'stdout'};
  const inBigquery = /^bigquery:(?:\/\/)?(.*)$/s.exec(named)?.[1];
  if (inBigquery !== undefined) return bigqueryAddress(inBigquery);
  const inClickhouse = /^clickhouse:(https?:.*)$/s.exec(named)?.[1];
  const url = URL.parse(inClickhouse ?? named);
  if (url && inClickhouse !== undefined) return clickhouseAddress(inClickhouse, url);
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return collectorAddress(named, url);
  throw new UserError('usage', `This names no sink${url ? ` (${clean(url.protocol, 20)})` : ''}.`, {
    suggestions: [
      'Another collector: https://usage.example.com. A line for each report on standard output: stdout.',
      'ClickHouse: clickhouse:https://host:8443/database?user=NAME&password-file=FILE. BigQuery: bigquery:project.dataset.table',
    ],
  });
}

/** As Spartakus' collector takes it, with slashes or without. Credentials have no place in it: Google's client finds them. */
function bigqueryAddress(table: string): SinkAddress {
  if (bigqueryTable(table)) return {kind: 'bigquery', name: `bigquery:${table}`, url: table};
  throw new UserError('usage', 'A sink in BigQuery is named by its project, dataset and table, and by nothing else.', {
    suggestions: [
      'bigquery:project.dataset.table. Credentials: GOOGLE_APPLICATION_CREDENTIALS names a file with them.',
    ],
  });
}

/** @throws {UserError} usage, if a sink needs what is not installed */
export async function requireInstalled(sinks: readonly SinkAddress[]): Promise<void> {
  if (sinks.some(({kind}) => kind === 'bigquery')) (await import('./bigquery-package.ts')).requireBigqueryPackage();
}

function collectorAddress(named: string, url: URL): SinkAddress {
  requireDecent(named, url);
  url.hash = '';
  if (url.pathname === '/') url.pathname = protocolPath;
  return {kind: 'collector', name: clean(url.origin + url.pathname), url: url.href};
}

const clickhouseParameters = ['user', 'password-file', 'cluster'];

function clickhouseAddress(named: string, url: URL): SinkAddress {
  requireDecent(named, url);
  url.hash = '';
  const other = [...url.searchParams.keys()].find((key) => !clickhouseParameters.includes(key));
  if (other !== undefined || !/^\/[\w.-]*$/.test(url.pathname)) {
    const what =
      other === undefined ? 'a path that is not a database' : `a parameter that is not known, ${clean(other, 40)}`;
    throw new UserError('usage', `The ClickHouse at ${clean(url.host)} has ${what}.`, {
      suggestions: ['clickhouse:https://host:8443/database?user=NAME&password-file=FILE&cluster=NAME'],
    });
  }
  return {kind: 'clickhouse', name: clean(`clickhouse:${url.origin}${url.pathname}`), url: url.href};
}

/** Refuses credentials, which end up in logs and listings of processes, hosts that mean another, and what others can read. */
function requireDecent(named: string, url: URL): void {
  if (url.username !== '' || url.password !== '') {
    throw new UserError(
      'usage',
      `The URL of the sink ${clean(url.host)} holds credentials, which end up in logs and listings.`,
      {
        suggestions: ['Leave user and password out of the URL.'],
      },
    );
  }
  if (becomesAnother(named)) {
    throw new UserError('usage', `The host of this sink is an address of an old form, which means ${url.hostname}.`, {
      suggestions: ['Write it as an address of today, if that is what you mean.'],
    });
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw new UserError(
      'usage',
      `Reports for ${clean(url.host)} would be read by whoever overhears them: plain http.`,
      {
        suggestions: ['Name it by https://.'],
      },
    );
  }
}

/** The sinks that a user names and others, each once. @throws {UserError} usage */
export function sinkAddresses(texts: readonly string[], ...others: readonly SinkAddress[]): SinkAddress[] {
  const sinks = new Map<string, SinkAddress>();
  for (const sink of [...others, ...texts.map(sinkAddress)]) {
    const {name} = sink;
    // What has waited for a sink is kept by its name, which has nothing of the query in it.
    if (sinks.has(name) && sinks.get(name)!.url !== sink.url)
      throw new UserError('usage', `Two sinks are ${name}, and differ only in their query.`, {
        suggestions: ['Name one of them, or give them different hosts, ports or paths.'],
      });
    sinks.set(name, sink);
  }
  return [...sinks.values()];
}
