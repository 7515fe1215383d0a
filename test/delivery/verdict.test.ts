import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {NoAnswer} from '../../src/delivery/post.ts';
import {verdictOf, verdictOfSilence} from '../../src/delivery/verdict.ts';

const now = Date.UTC(2026, 0, 1);
const answer = (status: number, headers: Record<string, string> = {}, body = '') => ({
  status,
  headers,
  body,
  whole: true,
});

const statuses: [status: number, outcome: 'delivered' | 'final' | 'again'][] = [
  [204, 'delivered'],
  [200, 'final'],
  [202, 'final'],
  [301, 'final'],
  [304, 'final'],
  [400, 'final'],
  [401, 'final'],
  [403, 'final'],
  [404, 'final'],
  [405, 'final'],
  [407, 'final'],
  [408, 'again'],
  [409, 'final'],
  [413, 'final'],
  [415, 'final'],
  [418, 'final'],
  [425, 'again'],
  [429, 'again'],
  [500, 'again'],
  [502, 'again'],
  [503, 'again'],
  [504, 'again'],
];
for (const [status, outcome] of statuses) {
  test(`${status}: ${outcome}`, () => {
    const verdict = verdictOf(answer(status), now);
    assert.is(verdict.delivered ? 'delivered' : verdict.retry ? 'again' : 'final', outcome);
    assert.is(verdict.status, status);
    // What a gateway does not know, nobody does.
    if (!verdict.delivered) assert.is(verdict.uncertain, [502, 504].includes(status));
  });
}

const waits: [header: string, milliseconds: number | undefined][] = [
  ['0', 0],
  ['120', 120_000],
  [' 5 ', 5000],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['-5', undefined],
  ['soon', undefined],
  ['', undefined],
  ['9'.repeat(400), undefined],
];
for (const [header, milliseconds] of waits) {
  test(`Retry-After: ${header.slice(0, 30)}`, () => {
    const verdict = verdictOf(answer(503, {'retry-after': header}), now);
    assert.is(verdict.delivered ? undefined : verdict.retryAfter, milliseconds);
  });
}

const said: [what: string, body: string, says: RegExp][] = [
  ['a message', 'Error: failed to decode record: EOF', /\(400\): Error: failed to decode record: EOF$/],
  ['nothing', '', /\(400\)$/],
  ['control characters', '\u001b]0;title\u0007a\u0000b\r\nc\u202e', /\(400\): a b c$/],
  ['a token', 'token: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', /\(400\): token: \[removed\]/],
  ['too much', 'z'.repeat(10_000), /\(400\): z{200}…$/],
];
for (const [what, body, says] of said) {
  test(`a collector says ${what}`, () => {
    const verdict = verdictOf(answer(400, {}, body), now);
    assert.match(verdict.delivered ? '' : verdict.reason, says);
  });
}

const silences: [code: string, retry: boolean][] = [
  ['ECONNREFUSED', true],
  ['ENOTFOUND', true],
  ['ECONNRESET', true],
  ['ETIMEDOUT', true],
  ['CONNECT_TIMEOUT', true],
  ['EPROTO', false],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', false],
  ['CERT_HAS_EXPIRED', false],
  ['HPE_INVALID_CONSTANT', false],
  ['SOMETHING_NEW', true],
  ['', true],
];
for (const [code, retry] of silences) {
  test(`no answer, ${code || 'for no reason'}: ${retry ? 'again' : 'final'}`, () => {
    for (const connected of [true, false]) {
      const verdict = verdictOfSilence(new NoAnswer(code, connected, new Error('secret')));
      assert.not(verdict.delivered);
      assert.is(!verdict.delivered && verdict.retry, retry);
      assert.is(!verdict.delivered && verdict.uncertain, connected);
      assert.not.match(JSON.stringify(verdict), 'secret');
    }
  });
}

test.run();
