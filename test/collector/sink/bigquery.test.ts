import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {bigquerySink} from '../../../src/collector/sink/bigquery.ts';
import {columns as ofEachKind} from '../../../src/collector/sink/bigquery-schema.ts';
import {type Sink, SinkTrouble} from '../../../src/collector/sink/contract.ts';
import type {Passed} from '../../../src/collector/store/queue.ts';
import {newFolder} from '../../folder.ts';
import {type ScriptedBigQuery, secretWord, startBigQuery} from '../../rig/bigquery.ts';
import {acceptedOn, eventOn, today} from '../store/suite.ts';

// Google's own client against a server that speaks its API: not Google.

const {spartakus: columns, hodometer: ofEvents} = ofEachKind;
const around = {keepDays: 400, keepReports: 30};

async function rigged<T>(work: (rig: ScriptedBigQuery, open: () => Promise<Sink>) => Promise<T>): Promise<T> {
  const rig = await startBigQuery(newFolder());
  Object.assign(process.env, rig.env);
  try {
    return await work(rig, () => bigquerySink('project-1.usage.reports', {...around, env: process.env}));
  } finally {
    await rig.close();
  }
}

const passed = (number: number, change: Parameters<typeof acceptedOn>[2] = {}, nodes = 2): Passed => {
  const {cluster, received, body} = acceptedOn(today, number, change, nodes);
  return {kind: 'spartakus' as const, number, cluster, received, body, unranked: false, epoch: 1};
};
const reports = (from: number, to: number) => Array.from({length: to - from + 1}, (_, i) => passed(from + i));
const parsed = (some: readonly Passed[]) => some.map(({body}) => JSON.parse(body));
const trouble = async (work: Promise<unknown>): Promise<SinkTrouble> => {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof SinkTrouble, String(error));
  assert.not.match(error.message, new RegExp(secretWord));
  return error;
};

test('the table is made as Spartakus has it, a day a partition, and a report is a row with all that is in it', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    assert.equal(rig.table!.schema.fields, columns);
    assert.equal(rig.table!.timePartitioning, {type: 'DAY', expirationMs: String(31 * 86_400_000)});
    assert.is((await sink.deliver(reports(1, 1200))).refused!.size, 0);
    assert.equal(rig.rows(), parsed(reports(1, 1200)));
    const sizes = rig.requests
      .filter(({path}) => path.endsWith('/insertAll'))
      .map(({body}) => JSON.parse(body).rows.length);
    assert.equal(sizes, [500, 500, 200]);
    assert.ok(
      rig.requests
        .filter(({path}) => !path.endsWith('/token'))
        .every(({headers}) => headers.authorization === `Bearer ${secretWord}-token`),
    );
    await sink.close();
  }));

test('what comes twice is the same row; another store has other numbers, or the same ones with other reports', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    await sink.deliver(reports(1, 3));
    await (await open()).deliver(reports(2, 4));
    assert.equal(rig.rows(), parsed(reports(1, 4)));
    await sink.deliver([{...passed(9), number: 1}]);
    await sink.deliver([{...passed(9), number: 2}]);
    assert.is(rig.rows().length, 6);
  }));

test('rows that were taken although the answer was lost come again as the same', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    rig.faults.push({of: 'insertAll', status: 200, after: true});
    await trouble(sink.deliver(reports(1, 3)));
    assert.is(rig.rows().length, 3);
    await sink.deliver(reports(1, 3));
    assert.equal(rig.rows(), parsed(reports(1, 3)));
  }));

test('insertErrors are failures of those rows, each with its reason, and hold up no other', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const bad = new Set([passed(2), passed(5)].map(({cluster}) => cluster));
    rig.judge = ({clusterID}) => (bad.has(clusterID) ? 'invalid' : undefined);
    const {refused} = await sink.deliver(reports(1, 6));
    assert.equal(
      [...refused!],
      [
        [2, 'refused as invalid (version)'],
        [5, 'refused as invalid (version)'],
      ],
    );
    assert.equal(rig.rows(), parsed([1, 3, 4, 6].map((number) => passed(number))));
  }));

test('a report whose text is damaged in the store is refused, and holds up no other', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const some = [passed(1), {...passed(2), body: '{"version":'}, passed(3)];
    assert.equal([...(await sink.deliver(some)).refused!], [[2, 'damaged in the store']]);
    assert.equal(rig.rows(), parsed([passed(1), passed(3)]));
  }));

test('rows that others held up are sent without those', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const stopped = (index: number) => ({index, errors: [{reason: 'stopped', message: ''}]});
    const insertErrors = [
      stopped(0),
      {index: 1, errors: [{reason: 'invalid', location: "x'; DROP", message: ''}]},
      stopped(2),
    ];
    rig.faults.push({of: 'insertAll', status: 200, body: {insertErrors}});
    assert.equal([...(await sink.deliver(reports(1, 3))).refused!], [[2, 'refused as invalid']]);
    assert.equal(rig.rows(), parsed([1, 3].map((number) => passed(number))));
  }));

for (const reason of ['backendError', 'timeout', 'internalError', 'rateLimitExceeded', 'stopped'])
  test(`rows that are not taken because of ${reason} come again`, () =>
    rigged(async (rig, open) => {
      const sink = await open();
      rig.judge = () => reason;
      assert.match((await trouble(sink.deliver(reports(1, 2)))).message, new RegExp(`takes no rows \\(${reason}\\)`));
      rig.judge = () => undefined;
      assert.is((await sink.deliver(reports(1, 2))).refused!.size, 0);
      assert.is(rig.rows().length, 2);
    }));

test('what earlier requests brought is done where a later one is trouble', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    let room = 500;
    rig.judge = () => (room-- > 0 ? undefined : 'quotaExceeded');
    const {tried, refused, trouble: why} = await sink.deliver(reports(1, 1200));
    assert.equal([tried, refused!.size, why?.message], [500, 0, 'BigQuery takes no rows (quotaExceeded)']);
    assert.equal(rig.rows(), parsed(reports(1, 500)));
    await trouble(sink.deliver(reports(501, 1200)));
  }));

const listed = (code: number, reason: string) => ({
  error: {code, message: secretWord, errors: [{reason, message: secretWord}]},
});
for (const [what, fault, message, after] of [
  ['busy', {status: 503, headers: {'retry-after': '7'}}, /^BigQuery answers 503 backendError$/, 7000],
  ['too fast', {status: 403, body: listed(403, 'rateLimitExceeded')}, /^BigQuery answers 403 rateLimitExceeded$/],
  ['over the quota', {status: 429, body: listed(429, 'quotaExceeded')}, /answers 429 quotaExceeded/],
  ['without a right', {status: 403, body: listed(403, 'accessDenied')}, /answers 403 accessDenied/],
  ['a token that is refused', {status: 401, body: listed(401, 'authError')}, /answers 401 authError/],
  ['a table that was dropped', {status: 404, body: listed(404, 'notFound')}, /answers 404 notFound/],
  ['a proxy’s page', {status: 502, body: `<html>${secretWord}`}, /answers 502/],
  ['a broken connection', {status: 0}, /no answer from Google \(E/],
  ['an answer that is none', {status: 200, body: 'hello'}, /not one of BigQuery/],
  ['nothing for an error', {status: 200, body: {insertErrors: [null]}}, /not one of BigQuery/],
  ['errors of a row that are no list', {status: 200, body: {insertErrors: [{errors: 'x'}]}}, /not one of BigQuery/],
  ['an error of a row that is nothing', {status: 200, body: {insertErrors: [{errors: [null]}]}}, /not one of BigQuery/],
  ['errors that are no list', {status: 200, body: {insertErrors: 'all'}}, /not one of BigQuery/],
  [
    'errors of rows that are none',
    {status: 200, body: {insertErrors: [{index: 77, errors: []}]}},
    /rows that it was not sent/,
  ],
] as const)
  test(`${what}: all come again, and no secret is told`, () =>
    rigged(async (rig, open) => {
      const sink = await open();
      rig.faults.push({of: 'insertAll', ...fault});
      const told = await trouble(sink.deliver(reports(1, 2)));
      assert.match(told.message, message);
      assert.is(told.after, after);
      assert.is((await sink.deliver(reports(1, 2))).refused!.size, 0);
      assert.is(rig.rows().length, 2);
    }));

for (const status of [400, 413])
  test(`a request that is answered with ${status} is taken apart, until the report is alone that it is for`, () =>
    rigged(async (rig, open) => {
      const sink = await open();
      for (const _ of 'abc') rig.faults.push({of: 'insertAll', status, body: listed(status, 'invalid')});
      // All four, the first two, the first.
      assert.equal([...(await sink.deliver(reports(1, 4))).refused!], [[1, `BigQuery answers ${status} invalid`]]);
      assert.equal(rig.rows(), parsed([2, 3, 4].map((number) => passed(number))));
    }));

test('a report that is larger than a request may be is refused, others are sent in requests of their own', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const large = (number: number, bytes: number) => ({
      ...passed(number),
      body: JSON.stringify({...JSON.parse(passed(number).body), masterVersion: 'x'.repeat(bytes)}),
    });
    const {refused} = await sink.deliver([large(1, 5e6), large(2, 95e5), large(3, 5e6)]);
    assert.equal([...refused!], [[2, 'larger than BigQuery takes']]);
    assert.equal(rig.requests.filter(({path}) => path.endsWith('/insertAll')).length, 2);
    assert.is(rig.rows().length, 2);
  }));

test('a report is passed on as it is, whatever stands in it', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const odd = passed(1, {masterVersion: '{{projectId}} é "\\ \u2028'});
    await sink.deliver([odd]);
    assert.equal(rig.rows(), parsed([odd]));
  }));

test('a cluster is deleted once it has left the streaming buffer, and what is asked names it by its hash alone', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    // A store calls a name that is not plain text by its hash.
    const named = ['plain', '{{projectId}}', "it's", 'zwölf'].map((clusterID, i) => passed(i + 1, {clusterID}));
    assert.ok(named[3]!.cluster.startsWith('sha256:'));
    await sink.deliver(named);
    for (const {cluster} of named) {
      const waits = await trouble(sink.erase(cluster));
      assert.match(waits.message, /still in the streaming buffer/);
      assert.is(waits.after, 300_000);
    }
    assert.is(rig.rows().length, 4);
    rig.flush();
    for (const [i, {cluster}] of named.entries()) {
      assert.is(await sink.erase(cluster), 'deleted');
      assert.equal(rig.rows(), parsed(named.slice(i + 1)));
      assert.is(await sink.erase(cluster), 'deleted');
    }
    const asked = rig.requests.filter(({path}) => path.endsWith('/queries'));
    assert.ok(asked.every(({body}) => !/plain|it's|zwölf|\{\{/.test(body) && JSON.parse(body).location === 'EU'));
  }));

/** What a question is answered that has no rows to give. */
const done = {jobComplete: true, jobReference: {projectId: 'project-1', jobId: 'job', location: 'EU'}};

test('rows that come while they are deleted are not said to be gone', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const one = passed(1);
    await sink.deliver([one]);
    rig.faults.push({of: 'queries', status: 200, body: done});
    assert.match((await trouble(sink.erase(one.cluster))).message, /still in the streaming buffer/);
  }));

test('a count of what is left that is no number does not say that nothing is', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const one = passed(1);
    await sink.deliver([one]);
    const schema = {fields: [{name: 'rows_left', type: 'INTEGER', mode: 'NULLABLE'}]};
    const nothing = {...done, schema, rows: [{f: [{v: null}]}], totalRows: '1'};
    for (const body of [done, nothing]) rig.faults.push({of: 'queries', status: 200, body});
    assert.match((await trouble(sink.erase(one.cluster))).message, /still in the streaming buffer/);
  }));

const event = (number: number, change: Record<string, unknown> = {}): Passed => {
  const {cluster, received, body, once} = eventOn(today, number, change, `id${number}`);
  return {kind: 'hodometer' as const, number, cluster, received, body, unranked: false, epoch: 1, once: once!};
};
const rowOfEvent = ({received, body}: Passed) => ({received: new Date(received).toISOString(), ...JSON.parse(body)});

test('events have a table beside that of reports, with their properties and the time of arrival, made for the first of them', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    await sink.deliver(reports(1, 2));
    assert.is(rig.events, undefined);
    const some = [event(1, {model_count: 3, server_memory_gb_sum: 1.5}), event(2)];
    assert.is((await sink.deliver(some)).refused!.size, 0);
    assert.equal(rig.events!.schema.fields, ofEvents);
    assert.equal(rig.events!.timePartitioning, {type: 'DAY', expirationMs: String(31 * 86_400_000)});
    // Again, as after a crash.
    await sink.deliver(some);
    assert.equal(rig.rows('reports_core2'), some.map(rowOfEvent));
    assert.equal(rig.rows(), parsed(reports(1, 2)));
    rig.judge = ({cluster_id}) => (cluster_id === event(4).cluster ? 'invalid' : undefined);
    assert.equal([...(await sink.deliver([event(3), event(4)])).refused!], [[4, 'refused as invalid (version)']]);
    assert.equal(
      rig.rows('reports_core2'),
      [event(1, {model_count: 3, server_memory_gb_sum: 1.5}), event(2), event(3)].map(rowOfEvent),
    );
  }));

test('a cluster is deleted from both tables, and is not said to be while either has it in its buffer', () =>
  rigged(async (rig, open) => {
    const sink = await open();
    const both = [passed(1, {clusterID: event(1).cluster}), passed(2)];
    await sink.deliver(both);
    rig.flush();
    await sink.deliver([event(1), event(2)]);
    assert.match((await trouble(sink.erase(event(1).cluster))).message, /still in the streaming buffer/);
    rig.flush();
    assert.is(await sink.erase(event(1).cluster), 'deleted');
    assert.equal([rig.rows(), rig.rows('reports_core2')], [parsed([passed(2)]), [rowOfEvent(event(2))]]);
  }));

test('a table of events that can’t take them is no trouble of reports', () =>
  rigged(async (rig, open) => {
    rig.events = {type: 'TABLE', schema: {fields: columns}};
    const sink = await open();
    assert.match(
      (await trouble(sink.deliver([event(1)]))).message,
      /^its table reports_core2 can't take what is for it: it has no column received$/,
    );
    assert.is((await sink.deliver(reports(1, 1))).refused!.size, 0);
    const named = {INTEGER: 'INT64', FLOAT: 'FLOAT64'} as Record<string, string>;
    rig.events = {
      type: 'TABLE',
      schema: {fields: ofEvents.map((one) => ({...one, type: named[one.type] ?? one.type}))},
    };
    // Some properties are left out by whoever sent it.
    const bare = {...event(1), body: JSON.stringify({cluster_id: event(1).cluster})};
    assert.is((await sink.deliver([bare])).refused!.size, 0);
    assert.equal(rig.rows('reports_core2'), [rowOfEvent(bare)]);
  }));

const [version, ...others] = columns;
const nodes = columns.find(({name}) => name === 'nodes')!;
for (const [what, fields, message] of [
  ['no column', others, /has no column version/],
  ['another type', [{...version, type: 'INTEGER'}, ...others], /column version is not of type STRING/],
  [
    'a column inside',
    columns.map((one) => (one === nodes ? {...nodes, fields: nodes.fields!.slice(1)} : one)),
    /has no column nodes\.id/,
  ],
  [
    'one instead of many',
    columns.map((one) => (one === nodes ? {...nodes, mode: 'NULLABLE'} : one)),
    /nodes is not REPEATED/,
  ],
  ['many instead of one', [{...version, mode: 'REPEATED'}, ...others], /version is not REQUIRED/],
  [
    'required',
    columns.map((one) => (one.name === 'masterVersion' ? {...one, mode: 'REQUIRED'} : one)),
    /masterVersion is REQUIRED/,
  ],
  [
    'more, and required',
    [...columns, {name: 'a\u001bb', type: 'STRING', mode: 'REQUIRED'}],
    /REQUIRED column a.*, which/,
  ],
  ['none at all', undefined, /has no column version/],
] as const)
  test(`a table whose columns can't take reports is trouble, and nothing is sent: ${what}`, () =>
    rigged(async (rig, open) => {
      rig.table = {type: 'TABLE', schema: {fields: fields as never}};
      const told = await trouble(open());
      assert.match(told.message, message);
      assert.not.match(told.message, /\u001b/);
      assert.not.ok(rig.requests.some(({path}) => path.endsWith('/insertAll')));
    }));

test('a table that is there is taken as it is: loose columns, other names of types, more columns', () =>
  rigged(async (rig, open) => {
    const loose = columns.map(({mode, type, name, ...rest}) => ({
      ...rest,
      name: name.toUpperCase(),
      type: type === 'RECORD' ? 'STRUCT' : type,
      ...(mode === 'REPEATED' ? {mode} : {}),
    }));
    rig.table = {type: 'TABLE', schema: {fields: [...loose, {name: 'loaded', type: 'DATE'}]}};
    await (await open()).close();
    assert.not.ok(rig.requests.some(({method, path}) => method === 'POST' && path.endsWith('/tables')));
  }));

test('a view is no table; one that another collector makes meanwhile is', () =>
  rigged(async (rig, open) => {
    rig.table = {type: 'VIEW', schema: {fields: columns}};
    assert.match((await trouble(open())).message, /what has the name reports is not a table \(VIEW\)/);
    rig.table = {type: 'TABLE', schema: {fields: columns}};
    rig.faults.push({of: 'tables', status: 404, body: listed(404, 'notFound')});
    await (await open()).close();
  }));

for (const [what, change, message] of [
  ['anybody could be Google', {NODE_TLS_REJECT_UNAUTHORIZED: '0'}, /anybody could be Google/],
  ['an emulator elsewhere', {BIGQUERY_EMULATOR_HOST: 'http://emulator.example'}, /names no emulator on this machine/],
  ['an emulator that is no URL', {BIGQUERY_EMULATOR_HOST: '127.0.0.1:9050'}, /names no emulator on this machine/],
] as const)
  test(`${what}: nobody is dialled`, () =>
    rigged(async (rig) => {
      const env = {...process.env, ...change};
      assert.match((await trouble(bigquerySink('project-1.usage.reports', {...around, env}))).message, message);
      assert.is(rig.requests.length, 0);
    }));

test('a token that is refused while reports wait is no refusal of theirs', () =>
  rigged(async (rig, open) => {
    rig.expires = 1;
    const sink = await open();
    rig.faults.push({of: 'token', status: 400, body: {error: 'invalid_grant', error_description: secretWord}});
    assert.match((await trouble(sink.deliver(reports(1, 2)))).message, /^no token from Google: /);
    assert.is((await sink.deliver(reports(1, 2))).refused!.size, 0);
    assert.is(rig.rows().length, 2);
  }));

for (const [what, path, text] of [
  ['is not there', 'none', undefined],
  ['is none', 'text', `${secretWord} is no JSON`],
] as const)
  test(`a file with credentials that ${what}: nothing of it is told`, () =>
    rigged(async (_, open) => {
      const file = join(newFolder(), path);
      if (text !== undefined) writeFileSync(file, text);
      process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
      assert.match((await trouble(open())).message, /^no token from Google: does GOOGLE_APPLICATION_CREDENTIALS/);
    }));

test('a token that is refused is trouble, and nothing of the credentials is told', () =>
  rigged(async (rig, open) => {
    rig.faults.push({of: 'token', status: 400, body: {error: 'invalid_grant', error_description: secretWord}});
    assert.match((await trouble(open())).message, /^no token from Google: /);
    assert.equal(rig.faults, []);
  }));

test.run();
