import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {proxiesFor} from '../../src/host/proxies.ts';

const secure = 'https://collector.example/api/v1';
const plain = 'http://collector.example/api/v1';
const cases: readonly (readonly [
  url: string,
  env: NodeJS.ProcessEnv,
  expected: NodeJS.ProcessEnv | undefined | 'refused',
])[] = [
  [secure, {}, {}],
  [secure, {HTTPS_PROXY: ''}, {}],
  [secure, {HTTP_PROXY: 'http://p:1'}, {}],
  [plain, {HTTPS_PROXY: 'http://p:1'}, {}],
  [secure, {HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a'}, {HTTPS_PROXY: 'http://p:1', NO_PROXY: undefined}],
  [secure, {HTTPS_PROXY: 'https://p', no_proxy: 'b'}, {HTTPS_PROXY: 'https://p', NO_PROXY: undefined}],
  ...['example', '.example', '*.example', 'collector.example:443', '*', ' a , example'].map(
    (list) => [secure, {HTTPS_PROXY: 'http://p:1', NO_PROXY: list}, {}] as const,
  ),
  // By Node's own rule these would except it.
  ...['collector.example:80', '10.0.0.1-10.0.0.9'].map(
    (list) =>
      [
        list.startsWith('10') ? 'https://10.0.0.5/' : secure,
        {HTTPS_PROXY: 'http://p:1', NO_PROXY: list},
        {HTTPS_PROXY: 'http://p:1', NO_PROXY: undefined},
      ] as const,
  ),
  ['https://10.1.2.3/', {HTTPS_PROXY: 'http://p:1', NO_PROXY: '10.0.0.0/8'}, {}],
  [secure, {HTTPS_PROXY: 'http://010.0.0.1:3128'}, 'refused'],
  [secure, {HTTPS_PROXY: '167772161:3128'}, 'refused'],
  [secure, {HTTPS_PROXY: 'p.example:3128'}, {HTTPS_PROXY: 'http://p.example:3128', NO_PROXY: undefined}],
  // As for clusters: Go looks for capitals first.
  [plain, {http_proxy: 'other', HTTP_PROXY: 'p'}, {HTTP_PROXY: 'http://p', NO_PROXY: undefined}],
  [secure, {HTTPS_PROXY: 'http://p', NO_PROXY: 'example', no_proxy: 'other'}, {}],
  [plain, {http_proxy: 'p'}, {http_proxy: 'http://p', NO_PROXY: undefined}],
  [secure, {HTTPS_PROXY: 'socks5://p:1080'}, 'refused'],
  [secure, {HTTPS_PROXY: 'user:pw@no proxy'}, 'refused'],
  [secure, {HTTPS_PROXY: '::::'}, 'refused'],
  ['http://localhost:8080/', {HTTP_PROXY: 'http://p:1'}, undefined],
  ['https://127.0.0.1/', {HTTPS_PROXY: 'socks5://p:1'}, undefined],
];
for (const [url, env, expected] of cases) {
  test(`${url} with ${JSON.stringify(env)}`, () => {
    if (expected !== 'refused') {
      assert.equal(proxiesFor(url, env), expected);
      return;
    }
    try {
      proxiesFor(url, env);
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'ERR_PROXY_INVALID_CONFIG');
      assert.not.match((error as Error).message, 'pw');
      return;
    }
    assert.unreachable();
  });
}

test.run();
