import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exitCodes, reasonOf, systemCode, UserError} from '../src/errors.ts';

test('every kind of error has an exit code of its own', () => {
  assert.equal(exitCodes, {
    ...{bug: 1, usage: 2, cluster: 3, input: 4, delivery: 5},
    ...{consent: 6, release: 7, helm: 8, interrupted: 130},
  });
});

test('an error that the user can mend keeps its cause and its suggestions', () => {
  const cause = new Error('below');
  const error = new UserError('input', 'What happened.', {suggestions: ['Try this.'], cause});
  assert.instance(error, Error);
  assert.equal([error.name, error.code, error.message, error.cause], ['UserError', 'input', 'What happened.', cause]);
  assert.equal(error.suggestions, ['Try this.']);
  assert.equal(new UserError('usage', 'x').suggestions, []);
  assert.not.ok('cause' in new UserError('usage', 'x'));
});

const withCode = (code: unknown, options?: ErrorOptions) => Object.assign(new Error('x', options), {code});
const cases: [what: string, error: unknown, code: string | undefined][] = [
  ['a system error', withCode('ENOENT'), 'ENOENT'],
  ['a cause of a cause', new Error('a', {cause: new Error('b', {cause: withCode('ECONNREFUSED')})}), 'ECONNREFUSED'],
  ['the outer one first', withCode('EPROTO', {cause: withCode('ECONNRESET')}), 'EPROTO'],
  ['several addresses', new AggregateError([withCode('EHOSTUNREACH'), withCode('ECONNREFUSED')]), 'EHOSTUNREACH'],
  ['a number', withCode(5), undefined],
  ['none', new Error('x'), undefined],
  ['no error', 'ENOENT', undefined],
  ['nothing', undefined, undefined],
];
for (const [what, error, code] of cases) test(`the code of ${what}`, () => assert.is(systemCode(error), code));

test('what has no code of the system is thrown on as a bug', () => {
  assert.is(reasonOf(withCode('ENOSPC')), 'ENOSPC');
  for (const bug of [new Error('x'), withCode('ERR_INVALID_ARG_TYPE')])
    assert.throws(
      () => reasonOf(bug),
      (error: unknown) => error === bug,
    );
});

test('a circle of causes ends', () => {
  const error = new Error('x');
  error.cause = error;
  assert.is(systemCode(error), undefined);
});

test.run();
