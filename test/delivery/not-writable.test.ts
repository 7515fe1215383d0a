import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {notWritable} from '../../src/delivery/not-writable.ts';

test('locks of another user are told with what removes them', () => {
  const {message, suggestions} = notWritable('/state', Object.assign(new Error('no'), {code: 'EOWNER'}));
  assert.match(message, /file lock is another user/);
  assert.ok(suggestions.includes('rm -f /state/lock /state/waiting/*.lock'));
  assert.is(notWritable('/state', Object.assign(new Error('no'), {code: 'EACCES'})).suggestions.length, 1);
});

test.run();
