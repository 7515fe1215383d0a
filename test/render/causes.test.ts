import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {causesOf} from '../../src/render/causes.ts';

/** The chain without frames. */
const told = (error: unknown) => causesOf(error).filter((line) => !line.startsWith('  '));

test('each cause is a line, with name, code and system call', () => {
  const cause = Object.assign(new TypeError('inner'), {code: 'ECONNREFUSED', syscall: 'connect'});
  const error = new Error('outer', {cause: new Error('middle', {cause})});
  assert.equal(told(error), [
    'Error: Error: outer',
    'Caused by: Error: middle',
    'Caused by: TypeError (ECONNREFUSED, connect): inner',
  ]);
  assert.match(causesOf(error)[1]!, /^ {2}at .*causes\.test\.ts/);
});
test('a chain without end has one', () => {
  const error = new Error('again');
  error.cause = error;
  assert.equal(told(error).length, 1);
  let long = new Error('0');
  for (let i = 0; i < 100; i++) long = new Error(String(i), {cause: long});
  assert.ok(told(long).length <= 10);
});
const thrown: [what: unknown, line: string][] = [
  ['text', 'Error: text'],
  [5, 'Error: 5'],
];
for (const [what, line] of thrown) test(`${what} need not be an error`, () => assert.equal(told(what), [line]));

const secret = 'hunter2hunter2hunter2hunter2';
const hidden: [what: string, message: string, left: RegExp][] = [
  ['a query', `GET https://a.example/api?key=${secret} failed`, /https:\/\/a\.example\/api\?… failed/],
  ['user information', `connect https://me:${secret}@a.example`, /\[removed\]@a\.example/],
  ['what a parser quotes', `Unexpected token 'h', "${secret}"... is not valid JSON`, /"…"\.\.\. is not valid JSON/],
  ['a quote that is cut off', `near "${secret}`, /near "…"/],
  ['a long word', `refused ${secret}`, /refused …/],
  ['a header', `authorization: Bearer ${secret}`, /Bearer \[removed\]/],
  ['a key', `-----BEGIN PRIVATE KEY-----${secret}-----END PRIVATE KEY-----`, /\[removed\]/],
  ['a sequence', `a\u001b[31mb ${secret}`, /ab …$/],
];
for (const [what, message, left] of hidden) {
  test(`${what} is not told`, () => {
    const [line = ''] = told(new Error(message));
    assert.not.match(line, /hunter2|\u001b/);
    assert.match(line, left);
  });
}
const snippet = `bad indentation (2:3)\n\n 1 | stringData:\n 2 |   plain: hunter2\n    at hunter2\n    at hunter2 (x:1:2)`;
test('of several lines the first alone is told, and no other looks like a frame', () => {
  const lines = causesOf(new Error('outer', {cause: new Error(snippet)}));
  assert.not.match(lines.join('\n'), /hunter2/);
  assert.ok(lines.includes('Caused by: Error: bad indentation (2:3) …'));
  assert.match(lines.at(-1)!, /^ {2}at /);
  const changed = new Error(snippet);
  changed.message = 'changed';
  assert.not.match(causesOf(changed).join('\n'), /at hunter2$|plain/m);
});
test('a path is told', () =>
  assert.match(
    told(new Error("ENOENT: no such file, open '/home/jane/.local/state/seldon-usage/0123456789abcdef0123456789'"))[0]!,
    /state\/seldon-usage\/0123456789abcdef0123456789/,
  ));

test.run();
