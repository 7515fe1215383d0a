import {
  chownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isoDay} from '../../../../src/collector/periods.ts';
import type {Writer} from '../../../../src/collector/store/contract.ts';
import {addressOf} from '../../../../src/collector/store/sqlite/address.ts';
import {contentsOf, problemsIn} from '../../../../src/collector/store/sqlite/check.ts';
import {knownClusters} from '../../../../src/collector/store/sqlite/clusters.ts';
import {backUp, requireBackup} from '../../../../src/collector/store/sqlite/copy.ts';
import {sqlite} from '../../../../src/collector/store/sqlite/index.ts';
import {lockStore} from '../../../../src/collector/store/sqlite/lock.ts';
import {sqliteReader} from '../../../../src/collector/store/sqlite/reader.ts';
import {restore} from '../../../../src/collector/store/sqlite/restore.ts';
import {
  applicationId,
  headerOf,
  migrate,
  migrations,
  schemaVersion,
} from '../../../../src/collector/store/sqlite/schema.ts';
import {sqliteWriter} from '../../../../src/collector/store/sqlite/writer.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {UserError} from '../../../../src/errors.ts';
import {newFolder} from '../../../folder.ts';
import {hostileJournal} from '../../../rig/hostile-journal.ts';
import {acceptedOn, millisecondsADay, storeSuite, today} from '../suite.ts';

const newPath = () => join(newFolder(), 'sub', 'reports.db');
const open = (path = newPath()) => ({
  path,
  writer: sqliteWriter(path, {create: true}),
  reader: () => sqliteReader(path),
});

/** What `serve forget` does: a second writer, beside the server's. */
async function forget(path: string, cluster: string, day: number) {
  const writer = sqliteWriter(path, {create: false});
  try {
    return await writer.forget(cluster, day);
  } finally {
    await writer.close();
  }
}

storeSuite('sqlite', async () => sqlite.at(addressOf(newPath()))).run();

function refuses(path: string, message: RegExp): void {
  const before = statSync(path, {throwIfNoEntry: false})?.isFile() ? readFileSync(path) : undefined;
  assert.throws(
    () => sqliteWriter(path, {create: true}),
    (error: unknown) => error instanceof UserError && error.code === 'input' && message.test(error.message),
  );
  if (before) assert.ok(before.equals(readFileSync(path)), 'the file has changed');
}

test('files are for their owner only, also the log', () => {
  const {path, writer} = open();
  writer.append([acceptedOn(today, 1)]);
  for (const file of readdirSync(join(path, '..')))
    assert.is(statSync(join(path, '..', file)).mode & 0o777, 0o600, file);
  assert.is(statSync(join(path, '..')).mode & 0o777, 0o700);
});

test('a text file is refused and unchanged', () => {
  const path = join(newFolder(), 'x.db');
  writeFileSync(path, 'this is not a database, it is a text of some length that SQLite looks at'.repeat(20));
  refuses(path, /damaged or is not a database/);
});

test('a database of another program is refused and unchanged', () => {
  const path = join(newFolder(), 'x.db');
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE cluster (a); INSERT INTO cluster VALUES (1)');
  other.close();
  refuses(path, /another program/);
});

test('a store of a newer version is refused and unchanged', () => {
  const {path, writer} = open();
  writer.close();
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = DELETE; PRAGMA user_version = ${schemaVersion + 1}`);
  database.close();
  refuses(path, /newer seldon-usage/);
});

for (const version of [-3, 0, 1, 4]) {
  test(`a store whose header says schema ${version}, and which has another, is damaged: refused and unchanged`, () => {
    const {path, writer} = open();
    writer.close();
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA journal_mode = DELETE; PRAGMA user_version = ${version}`);
    database.close();
    // Opening for a migration changes the mode, which is in the header.
    if (version < 1) refuses(path, /is damaged: it has schema/);
    else
      assert.throws(
        () => sqliteWriter(path, {create: true}),
        /says that it has schema \d+, and has not: it is damaged/,
      );
    const {user_version: now} = new DatabaseSync(path).prepare('PRAGMA user_version').get()!;
    assert.is(now, version);
  });
}

test('a store with a letter of its schema changed is damaged, and no bug', async () => {
  const {path, writer} = open();
  writer.close();
  const bytes = readFileSync(path);
  const at = bytes.indexOf('wall INTEGER');
  bytes.write('wail', at);
  writeFileSync(path, bytes);
  const error = await sqlite
    .at(addressOf(path))
    .writer({create: false})
    .catch((error: unknown) => error);
  assert.ok(error instanceof StoreTrouble);
  assert.match(error.message, /damaged/);
});

for (const [name, damage] of [
  ['the schema', (bytes: Buffer) => bytes.fill(0xa5, 100, 4096)],
  ['the first page of a table', (bytes: Buffer) => bytes.fill(0xa5, 8192, 5 * 8192)],
] as const) {
  test(`a file damaged in ${name} is refused and unchanged`, () => {
    const {path, writer} = open();
    writer.append(Array.from({length: 50}, (_, i) => acceptedOn(today, i)));
    writer.close();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA journal_mode = DELETE');
    database.close();
    const bytes = readFileSync(path);
    damage(bytes);
    writeFileSync(path, bytes);
    refuses(path, /damaged/);
    assert.ok(problemsIn(path, 'full').length > 0);
  });
}

test('a folder in the way is refused', () => refuses(newFolder(), /can't be made or written \(EISDIR\)/));

test('the schema goes forward, step by step and whole', () => {
  const database = new DatabaseSync(':memory:');
  const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y', 'CREATE TABLE b (x); NONSENSE'];
  migrate(database, 0, steps.slice(0, 1));
  migrate(database, headerOf(database).version, steps.slice(0, 2));
  assert.equal(headerOf(database), {application: applicationId, version: 2});
  assert.throws(() => migrate(database, 2, steps), /syntax error/);
  assert.is(headerOf(database).version, 2);
  assert.is(database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'b'").get()!.n, 0);
});

test('a store of each released version is migrated with what it holds', () => {
  for (let version = 1; version <= migrations.length; version++) {
    const path = join(newFolder(), 'old.db');
    const old = new DatabaseSync(path);
    migrate(old, 0, migrations.slice(0, version));
    old.exec("INSERT INTO report (received, cluster, body) VALUES (1, 1, '{}')");
    old.close();
    sqliteWriter(path, {create: true}).close();
    assert.is(contentsOf(path).reports, 1);
    assert.is(contentsOf(path).schema, schemaVersion);
  }
});

test('a file that was moved away is noticed before anything is acknowledged', async () => {
  const {path, writer} = open();
  writer.append([acceptedOn(today, 1)]);
  renameSync(path, `${path}.away`);
  const said = await writer.append([acceptedOn(today, 2)]).catch((error: unknown) => error);
  assert.ok(said instanceof StoreTrouble);
  assert.match(said.message, /replaced or removed/);
});

test('a store that is gone is not made again where that is not wanted', () => {
  assert.throws(() => sqliteWriter(newPath(), {create: false}), /no store/);
});

test('a batch is stored whole or not at all, and a bug is none of the store’s troubles', async () => {
  const {writer, path} = open();
  const bad = {...acceptedOn(today, 2), facts: {...acceptedOn(today, 2).facts, os: undefined}} as never;
  const said = await writer.append([acceptedOn(today, 1), bad]).catch((error: unknown) => error);
  assert.ok(said instanceof TypeError, String(said));
  writer.append([acceptedOn(today, 3)]);
  writer.close();
  assert.equal(
    {...contentsOf(path), oldest: 0, newest: 0},
    {
      ...{schema: schemaVersion, reports: 1, clusters: 1, clusterDays: 1, oldest: 0, newest: 0},
    },
  );
});

/** Whether a text stands anywhere in the files of a store. */
function holds(path: string, text: string): boolean {
  return [path, `${path}-wal`].some((file) => {
    const found = statSync(file, {throwIfNoEntry: false});
    return found !== undefined && readFileSync(file).includes(text);
  });
}

test('forget leaves no byte of a cluster in the files, and no other cluster loses any', async () => {
  const {path, writer} = open();
  const one = acceptedOn(today, 1);
  for (let day = today - 5; day <= today; day++) writer.append([acceptedOn(day, 1), acceptedOn(day, 2)]);
  assert.ok(holds(path, one.cluster));
  assert.equal(await forget(path, one.cluster, today), {reports: 6, days: 6, settled: true});
  assert.not(holds(path, one.cluster));
  assert.is(contentsOf(path).reports, 6);
  assert.equal(await forget(path, one.cluster, today), {reports: 0, days: 0, settled: true});
  // The writer, open all the time, knows the cluster by a number that is gone.
  writer.append([acceptedOn(today, 1)]);
  assert.equal(
    {...contentsOf(path), oldest: 0, newest: 0},
    {
      ...{schema: schemaVersion, reports: 7, clusters: 2, clusterDays: 7, oldest: 0, newest: 0},
    },
  );
});

test('discarding leaves no byte of old reports in the files', async () => {
  const {path, writer} = open();
  writer.append([acceptedOn(today - 50, 1), acceptedOn(today, 2)]);
  const old = String((today - 50) * 86_400 + 1);
  assert.ok(holds(path, old));
  writer.discard({received: today * millisecondsADay, day: today - 100}, 100);
  assert.is(await writer.settle(), true);
  assert.not(holds(path, old));
});

test('while somebody reads, what was erased can stay in the log: that is said, and it goes later', async () => {
  const {path, writer} = open();
  await writer.append([acceptedOn(today - 50, 1), acceptedOn(today, 2)]);
  const reading = new DatabaseSync(path, {readOnly: true});
  reading.exec('BEGIN; SELECT count(*) FROM report');
  await writer.discard({received: today * millisecondsADay, day: today - 100}, 100);
  assert.is(await writer.settle(), false);
  reading.close();
  assert.is(await writer.settle(), true);
  assert.not(holds(path, String((today - 50) * 86_400 + 1)));
});

test('a backup is one state of the store, sound, private and whole', () => {
  const {path, writer} = open();
  writer.append([acceptedOn(today, 1)]);
  const copy = join(newFolder(), 'copy.db');
  assert.is(backUp(path, copy), statSync(copy).size);
  assert.is(statSync(copy).mode & 0o777, 0o600);
  writer.append([acceptedOn(today, 2)]);
  assert.is(contentsOf(copy).reports, 1);
  assert.equal(problemsIn(copy, 'full'), []);
  assert.throws(() => backUp(path, copy), /never replaces/);
});

test('a backup of nothing, and into nowhere', () => {
  assert.throws(() => backUp(newPath(), newPath()), /no store/);
  const {path} = open();
  assert.throws(() => backUp(path, '/nonexistent/x.db'));
});

test('a backup goes through no link that somebody else put beside it', () => {
  const {path} = open();
  const [folder, mine] = [newFolder(), join(newFolder(), 'mine')];
  writeFileSync(mine, 'as it was');
  // What the copy was called before it was whole.
  symlinkSync(mine, join(folder, `.copy.db.${process.pid}.tmp`));
  backUp(path, join(folder, 'copy.db'));
  assert.is(readFileSync(mine, 'utf8'), 'as it was');
  assert.ok(lstatSync(join(folder, 'copy.db')).isFile());
});

test('a journal that names another file is refused, and nothing removed', () => {
  const {path, writer} = open();
  writer.close();
  const mine = join(newFolder(), 'mine');
  writeFileSync(mine, 'as it was');
  writeFileSync(`${path}-journal`, hostileJournal(readFileSync(path).subarray(0, 8192), mine));
  refuses(path, /-journal is not a journal of this program/);
  assert.is(readFileSync(mine, 'utf8'), 'as it was');
  rmSync(`${path}-journal`);
  symlinkSync(mine, `${path}-journal`);
  refuses(path, /-journal is not a journal of this program/);
});

test('restore keeps what was there, with what was only in its log', () => {
  const first = open();
  first.writer.append([acceptedOn(today, 1)]);
  const copy = join(newFolder(), 'copy.db');
  backUp(first.path, copy);
  const second = open();
  second.writer.append([acceptedOn(today, 2), acceptedOn(today, 3)]);
  (second.writer as Writer).close();
  const kept = restore(copy, second.path, new Date(0))!;
  assert.is(contentsOf(second.path).reports, 1);
  assert.is(contentsOf(kept).reports, 2);
  assert.is(restore(copy, newPathIn(newFolder()), new Date(0)), undefined);
});

const newPathIn = (folder: string) => join(folder, 'reports.db');

test('restore refuses while a server has the store, and a file that is no store', () => {
  const {path, writer} = open();
  writer.close();
  const unlock = lockStore(path);
  const copy = join(newFolder(), 'copy.db');
  backUp(path, copy);
  assert.throws(() => restore(copy, path, new Date()), /Another seldon-usage serve/);
  unlock();
  writeFileSync(copy, 'no database'.repeat(1000));
  assert.throws(() => restore(copy, path, new Date()), /^The backup \S+copy\.db can't be restored: it is damaged/);
  assert.throws(() => requireBackup(copy), /^The backup \S+ can't be restored.*The store is unchanged\.$/);
  assert.is(contentsOf(path).reports, 0);
});

test('a copy that can’t be written is told as that, and leaves nothing', () => {
  const {path, writer} = open();
  writer.close();
  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  const input = (what: RegExp) => (error: unknown) =>
    error instanceof UserError && error.code === 'input' && what.test(error.message);
  assert.throws(() => backUp(path, '/nonexistent/x.db'), input(/^\/nonexistent\/x\.db can't be written \(ENOENT\)/));
  assert.throws(() => backUp(path, join(file, 'x.db')), input(/file\/x\.db can't be written \(ENOTDIR\)/));
  assert.throws(
    () => restore(path, '/nonexistent/x.db', new Date()),
    input(/^The store \/nonexistent\/x\.db can't be used/),
  );
  assert.throws(() => lockStore(join(file, 'x.db')), input(/^The store \S+ can't be used \(ENOTDIR\)/));
  assert.equal(
    readdirSync(join(path, '..')).filter((name) => name.includes('tmp')),
    [],
  );
});

test('known clusters: those first that reported last, then by ID, with what their last day says', () => {
  const {path, writer} = open();
  writer.append([acceptedOn(today - 3, 5), acceptedOn(today - 1, 2), acceptedOn(today, 3), acceptedOn(today, 1)]);
  writer.append([acceptedOn(today, 5)]);
  writer.close();
  const known = [...knownClusters(path)];
  const idOf = (number: number) => acceptedOn(today, number).cluster;
  const [one, three, five] = [1, 3, 5].map(idOf).sort();
  assert.equal(
    known.map(({clusterID}) => clusterID),
    [one, three, five, idOf(2)],
  );
  const moved = known.find(({clusterID}) => clusterID === idOf(5))!;
  assert.equal([moved.firstSeen, moved.lastSeen], [isoDay(today - 3), isoDay(today)]);
  const {kubernetes, seldon, nodes} = acceptedOn(today, 5).facts;
  assert.equal([moved.kubernetes, moved.seldon, moved.nodes], [kubernetes, seldon, nodes]);
});

test('known clusters: of none and of no store', () => {
  const {path, writer} = open();
  writer.close();
  assert.equal([...knownClusters(path)], []);
  assert.throws(() => [...knownClusters(newPathIn(newFolder()))], /There is no store/);
});

test('a store without a column, and with tables of counting of another version, gets them and counts on', async () => {
  const {path, writer} = open();
  await writer.append([acceptedOn(today, 1), acceptedOn(today - 1, 2)]);
  while (await writer.count({today, oldest: 0}, 100));
  await writer.close();
  const database = new DatabaseSync(path);
  database.exec(`ALTER TABLE cluster_day DROP COLUMN devices; ALTER TABLE cluster_day DROP COLUMN os;
    ALTER TABLE counter DROP COLUMN clamped; UPDATE derived SET definition = 'older'; DROP TABLE tally`);
  database.close();
  const store = sqlite.at(addressOf(path));
  const later = await store.writer({create: false});
  await later.append([acceptedOn(today, 3)]);
  while (await later.count({today, oldest: 0}, 100));
  const reader = await store.reader();
  const systems = await reader.still((state) => state.series('spartakus', 'day', 'os', today, today));
  assert.equal(systems.map(({value, clusters}) => [value, clusters]).sort(), [
    ['linux', 1],
    ['unknown', 1],
  ]);
});

for (const table of ['counter', 'cluster_period', 'tally']) {
  test(`reports are taken where the table ${table} is damaged, which they do not need`, async () => {
    const {path, writer} = open();
    for (let i = 0; i < 4; i++)
      await writer.append(Array.from({length: 100}, (_, cluster) => acceptedOn(today - i, 100 * i + cluster)));
    while (await writer.count({today, oldest: 0}, 1000));
    await writer.close();
    const database = new DatabaseSync(path);
    const {rootpage} = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table)!;
    database.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, (Number(rootpage) - 1) * 8192, Number(rootpage) * 8192));
    const store = sqlite.at(addressOf(path));
    const damaged = await store.writer({create: false});
    await damaged.append([acceptedOn(today, 1)]);
    let said: unknown = true;
    while (said === true) said = await damaged.count({today, oldest: 0}, 1000).catch((error: unknown) => error);
    assert.ok(said instanceof StoreTrouble, String(said));
    await damaged.append([acceptedOn(today, 2)]);
    await damaged.close();
    assert.is(contentsOf(path).reports, 402);
  });
}

test('the lock is for one, and free again', () => {
  const path = newPathIn(newFolder());
  const unlock = lockStore(path);
  assert.throws(() => lockStore(path), /Another seldon-usage serve/);
  unlock();
  lockStore(path)();
});

// Only root can give something away.
if (process.geteuid?.() === 0)
  test('the lock that a user before has made, whose the store is, is taken', () => {
    const path = newPathIn(newFolder());
    for (const file of [path, `${path}.lock`]) writeFileSync(file, '');
    chownSync(`${path}.lock`, 4242, 4242);
    assert.throws(() => lockStore(path), /its lock is another user's/);
    chownSync(path, 4242, 4242);
    lockStore(path)();
  });

test.run();
