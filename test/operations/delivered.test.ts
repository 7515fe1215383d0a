import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Dispatched} from '../../src/delivery/dispatch.ts';
import {UserError} from '../../src/errors.ts';
import {requireAllSent} from '../../src/operations/delivered.ts';
import {clusterID} from '../delivery/sandbox.ts';

const waiting = (id: string) => ({
  ...{id, time: '2026-01-01T00:00:00.000Z', destination: 'https://c.example/api/v1', url: 'https://c.example/api/v1'},
  ...{clusterID, bytes: 3, sha256: 'a'.repeat(64), consent: '--yes' as const},
});
const held = (id: string, what: string, code: 'consent' | 'cluster' = 'consent') => ({
  waiting: waiting(id),
  error: new UserError(code, `${what}.`, {suggestions: [`Mend ${what}`]}),
});
const failed = (id: string): Dispatched => ({
  waiting: waiting(id),
  delivery: {
    ...{delivered: false, retry: false, uncertain: false, attempts: 1, maybeArrived: false},
    ...{reason: 'says no', suggestion: 'Ask.'},
  },
  recorded: true,
});

function told(work: () => void): Pick<UserError, 'code' | 'message' | 'suggestions'> | undefined {
  try {
    work();
  } catch (error) {
    const {code, message, suggestions} = error as UserError;
    return {code, message, suggestions};
  }
  return undefined;
}

test('what waits on is told once for each reason, with all of its reports', () => {
  assert.equal(
    told(() => requireAllSent([], [held('a', 'No'), held('b', 'Away', 'cluster'), held('c', 'No')])),
    {
      code: 'consent',
      message: 'The reports a, c wait on. No.\nThe report b waits on. Away.',
      suggestions: ['Mend No', 'Mend Away'],
    },
  );
});

test('what was not delivered comes first, and hides nothing', () => {
  const error = told(() => requireAllSent([failed('a')], [held('b', 'No')]));
  assert.is(error!.code, 'delivery');
  assert.is(
    error!.message,
    'Not delivered: https://c.example/api/v1 says no. The report waits as a.\nThe report b waits on. No.',
  );
});

test('where all was sent there is nothing to tell', () =>
  assert.is(
    told(() => requireAllSent([], [])),
    undefined,
  ));

test.run();
