// A store of many days, on a server with room for few locks: nothing takes those of all days at once.
import * as assert from 'uvu/assert';
import {exportLines} from '../../../../src/collector/move/export.ts';
import {importLines} from '../../../../src/collector/move/import.ts';
import {dayOf} from '../../../../src/collector/periods.ts';
import type {Store, Writer} from '../../../../src/collector/store/contract.ts';
import {rigSuite} from '../../../rig/available.ts';
import {startPostgres} from '../../../rig/postgres.ts';
import {eventually} from '../../send.ts';
import {acceptedOn, eventOn, millisecondsADay, numbers, opened, sealChanged, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('PostgreSQL stores of many days', ['postgres15', 'postgres18']);

/** Days of each kind of report: their tables and indexes are more than the server has locks left. */
const days = 80;
/** Locks that somebody else holds all the while: without them it would take twice as many days until there is no room. */
const others = 400;
/** The least that a server takes, and room for little more than the connections of one store. */
const settings = {
  ...{max_locks_per_transaction: 10, max_connections: 20, superuser_reserved_connections: 1, fsync: 'off'},
  ...{max_worker_processes: 0, max_wal_senders: 0, autovacuum_max_workers: 1},
};

async function fill(writer: Writer): Promise<void> {
  for (let day = today - days + 1; day <= today; day += 5)
    await writer.append(
      Array.from({length: 5}, (_, i) => [acceptedOn(day + i, 1), acceptedOn(day + i, 2), eventOn(day + i, 1)]).flat(),
    );
}

async function* lines(store: Store) {
  const heading = {id: '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10', made: '2026-11-22', by: '0'};
  for await (const line of exportLines(store, heading)) yield line.trimEnd();
}

for (const version of [15, 18] as const)
  test(`on PostgreSQL ${version} a store of ${days} days is counted, checked, moved, thinned out and forgotten`, async () => {
    const server = await startPostgres({version, settings});
    const url = await server.newDatabase();
    const ask = (statement: string) => server.ask(new URL(url).pathname.slice(1), statement);
    const source = await opened(await storeAt(url));
    await fill(source.writer);
    const held = ask(`SELECT count(pg_advisory_lock(i)), pg_sleep(600) FROM generate_series(1, ${others}) i`).catch(
      () => {},
    );
    await eventually(async () => (await ask("SELECT FROM pg_locks WHERE locktype = 'advisory'")).length >= others);
    const all = await ask('SELECT count(*) FROM seldon_usage.report').catch(({code}) => code);
    assert.is(all, '53200', 'there is room for the locks of all days');
    await sealChanged(source, today - days, 1000);
    const {maintenance} = source.store;
    const {reports, clusters, clusterDays, oldest, newest, hodometer} = await maintenance.contents();
    assert.equal([reports, clusters, clusterDays], [2 * days, 2, 2 * days]);
    assert.equal([dayOf(oldest!), dayOf(newest!)], [today - days + 1, today]);
    assert.equal([hodometer?.reports, hodometer?.clusterDays], [days, days]);
    assert.equal(await maintenance.problems(), []);
    const listed: string[] = [];
    for await (const {clusterID} of maintenance.clusters()) listed.push(clusterID);
    assert.is(listed.length, 3);

    const target = await opened(await storeAt(await server.newDatabase()));
    const {sums} = await importLines(target.store, target.writer, lines(source.store));
    assert.equal([sums.day.count, sums.report.count], [3 * days, 3 * days]);
    for (const kind of ['active', 'core2-active'])
      assert.equal(await numbers(target, 'month', kind), await numbers(source, 'month', kind));

    // One report dated wrongly by a year, whose way back leads over every day.
    const spans = {open: [{id: 1, shift: 0}], due: [], spans: 1};
    await source.writer.keepClock({trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'doubted', ...spans});
    await source.writer.append([{...acceptedOn(today, 3), span: 1}]);
    await ask(`UPDATE seldon_usage.cluster SET first_day = ${today - days} WHERE name LIKE '%3'`);
    const shift = -(days - 1) * millisecondsADay;
    assert.is(await source.writer.redate({id: 1, shift}, 10), 1);
    assert.is(await source.writer.redate({id: 1, shift}, 10), 0);

    assert.equal(await source.writer.forget(acceptedOn(0, 1).cluster, today), {
      ...{reports: days, days, settled: true},
    });
    assert.equal(await ask('SELECT * FROM seldon_usage.forgetting'), []);
    let dropped = 0;
    for (;;) {
      const erased = await source.writer.discard({received: today * millisecondsADay, day: today}, 500);
      if (erased.reports + erased.days === 0) break;
      dropped += erased.reports + erased.days;
      await sealChanged(source, 0, 1000);
    }
    // Of the days before today, reports and rows: those of cluster 2, of cluster 3, and the events.
    assert.is(dropped, 2 * (days - 1) + 2 + 2 * (days - 1));
    await server.stop('immediate');
    await held;
  });

test.run();
