import {readFileSync} from 'node:fs';
import {ClickHouseError, ClickHouseLogLevel, createClient} from '@clickhouse/client';
import {isOwnMistake, reasonOf, systemCode} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {kinds} from '../kinds.ts';
import {dayOf, isoDay} from '../periods.ts';
import type {Passed} from '../store/queue.ts';
import {agentFor} from './agents.ts';
import {erasing, statements, target} from './clickhouse-schema.ts';
import {type Sink, SinkTrouble, type Surrounds} from './contract.ts';
import {inTime} from './in-time.ts';
import {madeOf} from './readable.ts';

/** Milliseconds for a request: an erasure writes parts anew. */
const patience = 300_000;

/**
 * ClickHouse: for each kind a row for each cluster and day, and a view with the cells of the statistics.
 *
 * @param url of its HTTP interface; the path is the database, the query has `user`, `password-file` and `cluster`
 * @throws {SinkTrouble} if its tables can't be made
 */
export async function clickhouseSink(url: string, {env, keepDays, keepReports}: Surrounds): Promise<Sink> {
  const {origin, pathname, searchParams} = new URL(url);
  const database = decodeURIComponent(pathname.slice(1)) || 'default';
  const deployment = {database, cluster: searchParams.get('cluster') ?? undefined, keepDays, keepReports};
  const agent = agentFor(url, env, 2);
  const client = createClient({
    url: origin,
    username: searchParams.get('user') ?? 'default',
    password: passwordIn(searchParams.get('password-file')),
    request_timeout: patience,
    application: 'seldon-usage',
    http_agent: agent,
    keep_alive: {enabled: true},
    // Its log would have the statements.
    log: {level: ClickHouseLogLevel.OFF},
  });
  const spread = deployment.cluster === undefined ? {} : {distributed_foreground_insert: 1 as const};
  const close = async () => {
    await client.close();
    agent.destroy();
  };
  try {
    for (const query of statements(deployment)) await inTrouble(() => client.command({query}));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async deliver(reports) {
      const {made, refused} = madeOf(reports, rowOf);
      if (made.length === 0) return {refused};
      await inTrouble(() =>
        client.insert({
          table: target(deployment, reports[0]!.kind),
          values: made,
          format: 'JSONEachRow',
          // The same batch again is the same rows, which replicated tables tell by their content. Not by a token of ours:
          // another collector's numbers can be the same, and its reports would be let go without a word.
          clickhouse_settings: {...spread, async_insert: 0},
        }),
      );
      return {refused};
    },
    async erase(cluster) {
      for (const query of erasing(deployment, cluster)) await inTrouble(() => client.command({query}));
      return 'gone';
    },
    close,
  };
}

/** A report as a row of the table of its kind. */
function rowOf({kind, epoch, number, received, cluster, unranked, body}: Passed): Record<string, unknown> {
  const {stored, facts: factsOf} = kinds[kind];
  const facts = factsOf(body);
  return {
    ...{day: isoDay(dayOf(received)), cluster, arrival: String((BigInt(epoch) << 64n) + BigInt(number)), number},
    received: new Date(received).toISOString().replace('T', ' ').slice(0, -1),
    ...Object.fromEntries(
      stored.map((name) => [name, typeof facts[name] === 'boolean' ? Number(facts[name]) : facts[name]]),
    ),
    unranked: Number(unranked),
    body,
  };
}

function passwordIn(path: string | null): string {
  if (path === null) return '';
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new SinkTrouble(`the file with its password can't be read (${reasonOf(error)})`, {
      cause: error,
    });
  }
}

/** Errors of ClickHouse repeat the statement, and with it what was to be stored: only their names are told. */
async function inTrouble<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await inTime(act(), 'ClickHouse', patience);
  } catch (error) {
    if (error instanceof SinkTrouble) throw error;
    if (error instanceof ClickHouseError)
      throw new SinkTrouble(`ClickHouse says error ${clean(error.code, 10)} ${clean(error.type ?? '', 60)}`.trim());
    if (isOwnMistake(error)) throw error;
    throw new SinkTrouble(`no answer from ClickHouse (${systemCode(error) ?? (error as Error).name})`);
  }
}
