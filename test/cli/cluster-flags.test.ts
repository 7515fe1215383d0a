import {Parser} from '@oclif/core';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clusterFlags, clusterOptions} from '../../src/cli/cluster-flags.ts';
import type {ConnectionOptions} from '../../src/cluster/connection/connection.ts';

const parse = async (...args: string[]) => (await Parser.parse(args, {flags: clusterFlags, strict: true})).flags;

const cases: [args: string[], options: ConnectionOptions][] = [
  [['--request-timeout', '5'], {requestTimeout: 5000}],
  [['--request-timeout=5s'], {requestTimeout: 5000}],
  [['--request-timeout=1m30s'], {requestTimeout: 90_000}],
  [['--request-timeout', '0'], {requestTimeout: 0}],
  [['--request-timeout', '+5'], {requestTimeout: 5000}],
  [['-s', 'https://x'], {server: 'https://x'}],
  [['--server=https://x'], {server: 'https://x'}],
  [['--as', 'j', '--as-uid', '7'], {as: 'j', asUid: '7'}],
  [['--as-user-extra', 'a=b', '--as-user-extra', 'a=c'], {asUserExtra: ['a=b', 'a=c']}],
  [['--certificate-authority', 'f'], {certificateAuthority: 'f'}],
  [['--client-certificate', 'f', '--client-key', 'g'], {clientCertificate: 'f', clientKey: 'g'}],
  [['--disable-compression'], {disableCompression: true}],
  [['--tls-server-name', 'n', '--insecure-skip-tls-verify'], {tlsServerName: 'n', insecureSkipTlsVerify: true}],
  [['--cluster', 'c', '--user', 'u', '--context', 'x'], {cluster: 'c', user: 'u', context: 'x'}],
];
for (const [args, expected] of cases) {
  test(args.join(' '), async () => {
    const {connection: options} = clusterOptions(await parse(...args));
    for (const [name, value] of Object.entries(expected))
      assert.equal(options[name as keyof ConnectionOptions], value, name);
  });
}

for (const flag of ['token', 'username', 'password'])
  for (const args of [[`--${flag}`, 'planted'], [`--${flag}=planted`]])
    test(`${args[0]} is refused with the way that works`, async () => {
      const error = await parse(...args).catch((error) => error);
      assert.match(error.message, `--${flag}`);
      assert.match(error.suggestions.join(), flag === 'token' ? '--token-file' : 'kubeconfig');
      assert.not.match(JSON.stringify([error.message, error.suggestions]), 'planted');
    });

for (const text of ['-1', '1.5', '5x', ''])
  test(`--request-timeout=${text} is refused`, async () => {
    assert.match((await parse(`--request-timeout=${text}`).catch((error) => error)).message, 'not a duration');
  });

test.run();
