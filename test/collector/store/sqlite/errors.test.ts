import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {inTrouble} from '../../../../src/collector/store/sqlite/errors.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {UserError} from '../../../../src/errors.ts';

const sqlite = (errcode: number) => Object.assign(new Error('of SQLite'), {code: 'ERR_SQLITE_ERROR', errcode});
const system = (code: string) => Object.assign(new Error('of the system'), {code});

const errors: [what: string, error: unknown, becomes: RegExp | undefined][] = [
  ['a full disk', sqlite(13), /^the disk is full$/],
  ['a lock', sqlite(5), /^another program holds the database$/],
  ['an extended code', sqlite(10 | (4 << 8)), /^the disk reports an error$/],
  ['damage', sqlite(11), /^the file is damaged$/],
  ['a connection that was closed', system('ERR_INVALID_STATE'), /^of the system$/],
  ['no room in the system’s words', system('ENOSPC'), /./],
  ['a file that is gone', system('ENOENT'), /./],
  ['wrong SQL', sqlite(1), undefined],
  ['a constraint', sqlite(19), undefined],
  ['misuse', sqlite(21), undefined],
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

test('what is told already is told as it was', async () => {
  const told = new UserError('input', 'There is no backup file x.');
  assert.is(await inTrouble(() => Promise.reject(told)).catch((error: unknown) => error), told);
});

test.run();
