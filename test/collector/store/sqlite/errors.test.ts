import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Store} from '../../../../src/collector/store/contract.ts';
import {addressOf} from '../../../../src/collector/store/sqlite/address.ts';
import {inTrouble} from '../../../../src/collector/store/sqlite/errors.ts';
import {sqlite} from '../../../../src/collector/store/sqlite/index.ts';
import {unpacked} from '../../../../src/collector/store/sqlite/packing.ts';
import {sqliteWriter} from '../../../../src/collector/store/sqlite/writer.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {UserError} from '../../../../src/errors.ts';
import {newFolder} from '../../../folder.ts';
import {acceptedOn, today} from '../suite.ts';

const ofSqlite = (errcode: number, message = 'of SQLite') =>
  Object.assign(new Error(message), {code: 'ERR_SQLITE_ERROR', errcode});
const system = (code: string) => Object.assign(new Error('of the system'), {code});

const errors: [what: string, error: unknown, becomes: RegExp | undefined][] = [
  ['a full disk', ofSqlite(13), /^the disk is full$/],
  ['a lock', ofSqlite(5), /^another program holds the database$/],
  ['an extended code', ofSqlite(10 | (4 << 8)), /^the disk reports an error$/],
  ['damage', ofSqlite(11), /^the file is damaged$/],
  ['a connection that was closed', system('ERR_INVALID_STATE'), /^of the system$/],
  ['no room in the system’s words', system('ENOSPC'), /./],
  ['a file that is gone', system('ENOENT'), /./],
  ['a table that is not there', ofSqlite(1, 'no such table: report'), /^the file is damaged$/],
  ['a column that is not there', ofSqlite(1, 'no such column: wall'), /^the file is damaged$/],
  ['a column that is not there, in what is written', ofSqlite(1, 'table clock has no column named wall'), /damaged/],
  ['wrong SQL', ofSqlite(1, 'near "SELEC": syntax error'), undefined],
  ['nothing', undefined, undefined],
  ['a constraint', ofSqlite(19), undefined],
  ['misuse', ofSqlite(21), undefined],
  ['a value that cannot be bound', Object.assign(new TypeError('no'), {code: 'ERR_INVALID_ARG_TYPE'}), undefined],
  ['any other', new RangeError('no'), undefined],
];
for (const [what, error, becomes] of errors) {
  test(`${what} is ${becomes ? 'trouble of the store' : 'a bug'}`, async () => {
    const seen = await inTrouble(() => {
      throw error;
    }).catch((error: unknown) => error);
    if (!becomes) {
      assert.is(seen, error);
      return;
    }
    assert.ok(seen instanceof StoreTrouble);
    assert.match(seen.message, becomes);
    assert.is(seen.cause, error);
  });
}

const place = join(newFolder(), 'reports.db');
const writer = await sqliteWriter(place, {create: true});
await writer.append([acceptedOn(today, 1)]);
await writer.pack(10);
await writer.close();
const backup = `${place}.backup`;
await sqlite.at(addressOf(place)).maintenance.backUp(backup);

const each = async (all: AsyncIterable<unknown>) => {
  for await (const _ of all);
};
const operations: [what: string, statement: RegExp, run: (store: Store) => unknown][] = [
  ['opening for writing', /FROM derived/, (store) => store.writer({create: false})],
  ['opening for reading', /^SELECT \* FROM/, (store) => store.reader()],
  [
    'a question',
    /min\(period\)/,
    async (store) => (await store.reader()).still((s) => s.firstPeriod('spartakus', 'day')),
  ],
  ['the queue', /FROM sink/, (store) => store.queue()],
  ['the look for damage', /ORDER BY/, (store) => store.watch(() => {})],
  ['a check', /integrity_check/, ({maintenance}) => maintenance.problems()],
  ['contents', /count\(\*\)/, ({maintenance}) => maintenance.contents()],
  ['a backup', /VACUUM/, ({maintenance}) => maintenance.backUp(join(newFolder(), 'backup.db'))],
  ['a restore', /VACUUM/, ({maintenance}) => maintenance.restore(backup, new Date())],
  ['an export', /r\.received/, ({maintenance}) => each(maintenance.pieces())],
  ['a list of clusters', /LEFT JOIN/, ({maintenance}) => each(maintenance.clusters())],
  ['what was erased', /FROM erased/, ({maintenance}) => maintenance.erasures('x')],
];
for (const [what, statement, run] of operations)
  for (const bug of ['of JavaScript', 'of SQL'] as const)
    test(`a bug ${bug} in ${what} is not told as trouble of the store`, async () => {
      const {prepare} = DatabaseSync.prototype;
      let planted = false;
      DatabaseSync.prototype.prepare = function (sql, ...more) {
        if (!statement.test(sql)) return prepare.call(this, sql, ...more);
        planted = true;
        if (bug === 'of JavaScript') throw new TypeError('planted');
        return prepare.call(this, `${sql} planted planted`, ...more);
      };
      try {
        const error = await new Promise((resolve) => resolve(run(sqlite.at(addressOf(place))))).catch(
          (e: unknown) => e,
        );
        assert.ok(planted);
        assert.instance(error, Error);
        assert.not.instance(error, UserError);
      } finally {
        DatabaseSync.prototype.prepare = prepare;
      }
    });

for (const [what, run] of [
  ['an export', ({maintenance}) => each(maintenance.pieces())],
  ['a list of clusters', ({maintenance}) => each(maintenance.clusters())],
] as [string, (store: Store) => unknown][])
  test(`damage that ${what} meets is trouble of the store`, async () => {
    const {prepare} = DatabaseSync.prototype;
    const damaged = Object.assign(new Error('malformed'), {code: 'ERR_SQLITE_ERROR', errcode: 11});
    DatabaseSync.prototype.prepare = function (sql, ...more) {
      if (/LEFT JOIN|r\.received/.test(sql)) throw damaged;
      return prepare.call(this, sql, ...more);
    };
    try {
      const error = await Promise.resolve(run(sqlite.at(addressOf(place)))).catch((e: unknown) => e);
      assert.instance(error, StoreTrouble);
      assert.is((error as Error).message, 'the file is damaged');
    } finally {
      DatabaseSync.prototype.prepare = prepare;
    }
  });

test('a report that can’t be unpacked is trouble of the store', () => {
  assert.throws(
    () => unpacked(Uint8Array.of(1, 2, 3)),
    (error: unknown) => error instanceof StoreTrouble,
  );
  assert.throws(
    () => unpacked(Uint8Array.of(9)),
    (error: unknown) => error instanceof StoreTrouble,
  );
});

test('what is told already is told as it was', async () => {
  const told = new UserError('input', 'There is no backup file x.');
  assert.is(await inTrouble(() => Promise.reject(told)).catch((error: unknown) => error), told);
});

test.run();
