import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clean, jsonLine, shellWord, shownLines, shownName} from '../src/foreign.ts';

const esc = '\u001b';
const cases: [what: string, text: unknown, expected: string][] = [
  ['ordinary text', 'v1.33.1 (linux/amd64)', 'v1.33.1 (linux/amd64)'],
  ['other scripts', 'Größe 漢字 🙂', 'Größe 漢字 🙂'],
  ['nothing', '', ''],
  ['undefined', undefined, 'undefined'],
  ['an error', new Error('no'), 'Error: no'],
  ['an object', {a: 1}, '[object Object]'],
  ['an object that has no text', {toString: 1, valueOf: 1}, ''],
  ['lines', ' a\r\nb\tc\n\n d ', 'a b c d'],
  ['other line separators', 'a\u2028b\u2029c\u0085d', 'a b c d'],
  ['a null character', 'a\0b', 'a b'],
  ['backspaces', 'good\b\b\b\bevil', 'good evil'],
  ['colours', `${esc}[1;31mred${esc}[0m`, 'red'],
  ['cursor movements', `a${esc}[2J${esc}[1;1Hb`, 'ab'],
  ['a window title', `a${esc}]0;title\u0007b`, 'ab'],
  ['a window title that ends otherwise', `a${esc}]0;title${esc}\\b`, 'ab'],
  ['a link', `${esc}]8;;http://evil.example${esc}\\text${esc}]8;;${esc}\\`, 'text'],
  ['a device control string', `a${esc}P1$r0m${esc}\\b`, 'ab'],
  ['a privacy message', `a${esc}^x${esc}\\b${esc}_y${esc}\\c`, 'abc'],
  ['a string that never ends', `a${esc}]0;title`, 'a'],
  ['one-byte CSI', 'a\u009b31mb', 'ab'],
  ['a full reset', `a${esc}cb`, 'ab'],
  ['saving the cursor', `a${esc}7b${esc}8c`, 'abc'],
  ['a character set', `a${esc}(0b`, 'ab'],
  ['a lone escape', `a${esc}`, 'a'],
  ['an escape inside an escape', `a${esc}${esc}[31m[31mb`, 'a [31mb'],
  ['bidirectional overrides', 'a\u202eb\u2066c\u2069d\u200fe', 'abcde'],
  ['zero-width characters', 'a\u200bb\ufeffc', 'abc'],
  ['half a surrogate pair', 'a\ud83d', 'a\ufffd'],
];
for (const [what, text, expected] of cases) test(what, () => assert.is(clean(text), expected));

const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const secrets: [what: string, text: string, secret: string][] = [
  ['a JSON web token', `token is ${jwt}.`, jwt],
  ['a bearer token', 'Authorization: Bearer abcdefghijklmnop', 'abcdefghijklmnop'],
  ['basic credentials', 'authorization: basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
  ['a password', 'password=hunter2hunter2', 'hunter2'],
  ['a password in JSON', '{"password": "hunter2hunter2"}', 'hunter2'],
  ['a token in JSON', '{"access_token":"abcdefghijkl"}', 'abcdefghijkl'],
  ['a token in a query', 'GET /x?token=abcdefghijkl&y=1', 'abcdefghijkl'],
  ['a client secret', 'client_secret: s3cr3ts3cr3t', 's3cr3t'],
  ['a key of a kubeconfig', 'client-key-data: LS0tLS1CRUdJTg==', 'LS0tLS1CRUdJTg'],
  ['an API key', 'api-key: abcdef0123', 'abcdef0123'],
  ['an API key as header', 'X-Api-Key: abcdef0123', 'abcdef0123'],
  ['user information', 'http://user:pass@proxy.example:3128/x', 'pass'],
  ['user information with an at sign', 'http://user:p@ss@proxy.example', 'ss@'],
  ['a token as user', 'https://ghp_abc@example.com', 'ghp_abc'],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----', 'MIIEow'],
  ['half a private key', '-----BEGIN PRIVATE KEY-----\nMIIEow', 'MIIEow'],
  ['an AWS access key', 'key AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  ['an AWS secret', 'aws_secret_access_key = wJalrXUtnFEMI', 'wJalrXUtnFEMI'],
  ['an EKS token', 'k8s-aws-v1.aHR0cHM6Ly9zdHM', 'aHR0cHM6Ly9zdHM'],
  ['a Google token', 'ya29.a0AfH6SMBx', 'a0AfH6SMBx'],
  ['an OpenShift token', 'sha256~abcDEF-123', 'abcDEF-123'],
  ['a credential that an escape sequence hides', `pass${esc}[0mword=hunter2hunter2`, 'hunter2'],
  ['a credential that a control character hides', 'pass\u200bword=hunter2hunter2', 'hunter2'],
  ['a bearer token across lines', 'Bearer\r\n abcdefghijklmnop', 'abcdefghijklmnop'],
];
for (const [what, text, secret] of secrets) {
  test(`removed: ${what}`, () => {
    assert.not.match(clean(text), secret);
    assert.match(clean(text), '[removed]');
  });
}
const kept = [
  'https://example.com/a@b',
  'the password is wrong',
  'Bearer tokens are not accepted',
  'the token has expired',
  'user jane.doe@example.com',
  'unknown flag: --token',
];
for (const text of kept) test(`kept: ${text}`, () => assert.is(clean(text), text));

test('a long text is cut, and says so', () => {
  assert.is(clean('x'.repeat(301)), `${'x'.repeat(300)}…`);
  assert.is(clean('x'.repeat(300)), 'x'.repeat(300));
  assert.is(clean('x'.repeat(50), 10), `${'x'.repeat(10)}…`);
  assert.is(clean('🙂'.repeat(10), 3), '🙂\ufffd…');
});

const patterns: [what: string, unit: string][] = [
  ['escapes', esc],
  ['CSI', `${esc}[`],
  ['OSC', `${esc}]`],
  ['CSI with parameters', `${esc}[0;`],
  ['key markers', '-----BEGIN A-----'],
  ['JWT beginnings', 'eyJaaaaaaaa'],
  ['URLs', 'http://a'],
  ['schemes', 'a.'],
  ['keywords', 'token_secret_password'],
  ['keywords with signs', 'token: '],
  ['spaces', ' '],
  ['letters', 'a'],
  ['bearers', 'bearer '],
];
for (const [what, unit] of patterns) {
  test(`a megabyte of ${what} is cleaned`, () => {
    const text = unit.repeat(2 ** 20 / unit.length);
    assert.ok(clean(text).length <= 301);
    // A cap as long as the text: every expression sees the whole of 64 KiB.
    assert.type(clean(text.slice(0, 2 ** 16), 2 ** 16), 'string');
  });
}

const hostile = `a${esc}[2J\u009b3J\u0007\u202eb\r\u2028c`;
test('of a whole message lines and tabs stay, and nothing that a terminal heeds', () => {
  assert.is(shownLines(`one\n\ttwo ${hostile}`), 'one\n\ttwo a  b  c');
});
test('JSON that a terminal shows is the same value', () => {
  const line = jsonLine({context: hostile});
  assert.match(line, /^[\x20-\x7e]+$/);
  assert.equal(JSON.parse(line), {context: hostile});
});
test('names that differ are shown as names that differ, and one that can be seen as it is', () => {
  const names = [
    'evilx',
    `evil${esc}[2Jx`,
    `evil${esc}[3Jx`,
    'evil\u200bx',
    'a b',
    'a  b',
    'a b ',
    ' a b',
    'a\nb',
    '"a\\nb"',
  ];
  const shown = names.map(shownName);
  assert.equal(shown.slice(0, 3), ['evilx', String.raw`"evil\u001b[2Jx"`, String.raw`"evil\u001b[3Jx"`]);
  assert.is(new Set(shown).size, names.length, shown.join());
  assert.equal(
    shown.map((name) => clean(name)),
    shown,
  );
});
for (const [word, shown] of [
  ['prod', 'prod'],
  ['a b', "'a b'"],
  ['$(id)', "'$(id)'"],
  ["it's", "'it'\\''s'"],
  [`x${esc}[2J;id`, "'x;id'"],
] as const)
  test(`a shell takes ${JSON.stringify(word)} for a word`, () => assert.is(shellWord(word), shown));

test('whatever comes, what leaves is one line without controls, and no longer than the cap', () => {
  const text = fc.array(
    fc.oneof(fc.string({unit: 'binary'}), fc.constantFrom(esc, '[', ']', '\u009b', '\u202e', '\n', '\0')),
  );
  fc.assert(
    fc.property(text, fc.integer({min: 1, max: 400}), (parts, most) => {
      const out = clean(parts.join(''), most);
      assert.ok(out.length <= most + 1);
      assert.ok(out.isWellFormed());
      assert.not.match(out, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test.run();
