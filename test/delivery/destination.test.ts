import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {destination, destinations, requireConfidential} from '../../src/delivery/destination.ts';
import type {UserError} from '../../src/errors.ts';
import type {Origin} from '../../src/settings.ts';

const good: [text: string, url: string, name: string, overheard: boolean][] = [
  ['https://c.example', 'https://c.example/api/v1', 'https://c.example/api/v1', false],
  ['https://c.example/', 'https://c.example/api/v1', 'https://c.example/api/v1', false],
  ['https://c.example?k=v', 'https://c.example/api/v1?k=v', 'https://c.example/api/v1', false],
  ['https://c.example/prefix?token=abc', 'https://c.example/prefix?token=abc', 'https://c.example/prefix', false],
  ['https://c.example/prefix/', 'https://c.example/prefix/', 'https://c.example/prefix/', false],
  ['https://c.example:8443/x#part', 'https://c.example:8443/x', 'https://c.example:8443/x', false],
  [
    'http://seldon-core-stats.seldon.io',
    'http://seldon-core-stats.seldon.io/api/v1',
    'http://seldon-core-stats.seldon.io/api/v1',
    true,
  ],
  ['http://localhost:8080', 'http://localhost:8080/api/v1', 'http://localhost:8080/api/v1', false],
  ['http://127.0.0.1', 'http://127.0.0.1/api/v1', 'http://127.0.0.1/api/v1', false],
  ['http://127.1', 'http://127.0.0.1/api/v1', 'http://127.0.0.1/api/v1', false],
  ['http://[::1]:9', 'http://[::1]:9/api/v1', 'http://[::1]:9/api/v1', false],
  [
    'http://localhost.evil.example',
    'http://localhost.evil.example/api/v1',
    'http://localhost.evil.example/api/v1',
    true,
  ],
  [
    'http://127.0.0.1.evil.example',
    'http://127.0.0.1.evil.example/api/v1',
    'http://127.0.0.1.evil.example/api/v1',
    true,
  ],
  ['http://10.0.0.1', 'http://10.0.0.1/api/v1', 'http://10.0.0.1/api/v1', true],
];
const lists: [text: string, form: string][] = [
  ['https://a.example,https://b.example/x', '--url https://a.example --url https://b.example/x'],
  ['https://a.example, https://b.example', '--url https://a.example --url https://b.example'],
  ['https://a.example;http://b.example', '--url https://a.example --url http://b.example'],
  ['https://a.example https://b.example', '--url https://a.example --url https://b.example'],
  ['https://a.example,b.example', '--url https://a.example.com --url https://b.example.com'],
  [`https://a.example,https://me:word@b.example?token=word`, '--url https://a.example --url https://b.example'],
];
for (const [text, form] of lists) {
  test(`the list ${text} is refused with the form that works`, () =>
    assert.throws(
      () => destination(text),
      (error: UserError) => error.code === 'usage' && error.suggestions.join() === `Repeat the flag instead: ${form}`,
    ));
}
const named: [origin: Origin, form: string][] = [
  ['flag', 'Repeat the flag instead: --url https://a.example --url https://b.example'],
  ['variable', "Instead: SELDON_USAGE_URL='https://a.example https://b.example'"],
  ['file', 'seldon-usage config set url https://a.example https://b.example'],
];
for (const [origin, form] of named) {
  test(`a list is refused with the form of a ${origin}`, () =>
    assert.throws(
      () => destination('https://a.example,https://b.example', origin),
      (error: UserError) => error.suggestions.join() === form,
    ));
}
test('a comma in a path is not a list', () =>
  assert.is(destination('https://a.example/x,y').url, 'https://a.example/x,y'));

for (const [text, url, name, overheard] of good) {
  test(`${text} is posted to ${url}`, () => assert.equal(destination(text), {url, name, overheard}));
}

const secret = 'hunter2';
const bad: [text: string, message: RegExp][] = [
  [`https://user:${secret}@c.example`, /c\.example holds credentials/],
  [`https://${secret}@c.example`, /holds credentials/],
  [`user:${secret}@c.example`, /not a URL/],
  [`c.example/?token=${secret}`, /not a URL/],
  ['c.example', /"c\.example" is not a URL/],
  ['', /not a URL/],
  ['stdout', /not a URL/],
  ['bigquery://project.dataset.table', /not a URL/],
  ['file:///etc/passwd', /not a URL/],
  ['http://', /not a URL/],
];
for (const [text, message] of bad) {
  test(`${text || 'nothing'} is refused, and no secret is repeated`, () => {
    try {
      destination(text);
    } catch (error) {
      assert.is((error as UserError).code, 'usage');
      assert.match((error as UserError).message, message);
      assert.not.match(JSON.stringify([(error as UserError).message, (error as UserError).suggestions]), secret);
      return;
    }
    assert.unreachable();
  });
}

test('each destination counts once', () => {
  const urls = ['https://c.example', 'https://c.example/api/v1', 'https://d.example'];
  assert.equal(
    destinations(urls).map(({name}) => name),
    ['https://c.example/api/v1', 'https://d.example/api/v1'],
  );
});

test('plain http needs its own word, which is a matter of consent', () => {
  const [plain, secure] = [destination('http://c.example'), destination('https://c.example')];
  requireConfidential([secure], false);
  requireConfidential([plain], true);
  try {
    requireConfidential([secure, plain], false);
  } catch (error) {
    assert.is((error as UserError).code, 'consent');
    assert.match((error as UserError).message, /whoever owns or overhears that name can read the report/);
    return;
  }
  assert.unreachable();
});

test.run();
