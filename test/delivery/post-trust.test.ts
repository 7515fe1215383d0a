import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {post} from '../../src/delivery/post.ts';
import {type Issued, issue} from '../cluster/connection/conformance/chains.ts';

interface World {
  folder: string;
  url: string;
  server: Server;
  certs: Record<'root' | 'low' | 'leaf' | 'other', Issued>;
}

const test = suite<World>('whom a collector is trusted by');

test.before(async (world) => {
  const root = await issue('root', {ca: true});
  const low = await issue('low', {ca: true, by: root});
  world.certs = {root, low, leaf: await issue('leaf', {by: low}), other: await issue('other', {ca: true})};
  const {cert, key} = world.certs.leaf;
  world.server = createServer({cert: cert + low.cert, key}, (request, response) => {
    request.resume().on('end', () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => world.server.listen(0, '127.0.0.1', resolve));
  world.url = `https://127.0.0.1:${(world.server.address() as AddressInfo).port}/`;
  world.folder = mkdtempSync(join(tmpdir(), 'seldon-usage-post-'));
  writeFileSync(join(world.folder, 'report'), '{}');
  for (const [name, each] of Object.entries(world.certs)) {
    mkdirSync(join(world.folder, name));
    writeFileSync(join(world.folder, name, 'any.name'), each.cert);
  }
});
test.after(({folder, server}) => {
  server.close();
  rmSync(folder, {recursive: true});
});

type Name = keyof World['certs'];
const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
/** `--cacert`, the system's variables (names stand for folders), and whether the report arrives. */
const cases: [
  title: string,
  ca: ((certs: World['certs']) => string) | undefined,
  env: Record<string, string>,
  arrives: boolean,
][] = [
  ...(['root', 'low', 'leaf', 'other'] as Name[]).map(
    (name) =>
      [`--cacert ${name}`, (certs: World['certs']) => certs[name].cert, {}, name !== 'other'] as (typeof cases)[number],
  ),
  ['--cacert with a broken certificate first', ({root}) => broken + root.cert, {}, true],
  ['--cacert with blank lines', ({low}) => low.cert.replaceAll('\n', '\n\n'), {}, true],
  ['--cacert makes the system void', ({other}) => other.cert, {SSL_CERT_DIR: 'HOME/root'}, false],
  ['SSL_CERT_FILE', undefined, {SSL_CERT_FILE: 'HOME/root/any.name'}, true],
  ['SSL_CERT_DIR', undefined, {SSL_CERT_DIR: 'HOME/low'}, true],
  ['SSL_CERT_DIR, a list', undefined, {SSL_CERT_DIR: 'HOME/no:HOME/other:HOME/root'}, true],
  ['SSL_CERT_DIR of another', undefined, {SSL_CERT_DIR: 'HOME/other'}, false],
  ['nothing', undefined, {}, false],
];
for (const [title, ca, env, arrives] of cases) {
  test(title, async ({folder, url, certs}) => {
    const fit = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replaceAll('HOME', folder)]),
    );
    const path = join(folder, 'report');
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const options = {url, path, bytes: 2, sha256, ca: ca?.(certs), env: fit};
    const result = await post({...options, connectTimeout: 20_000, timeout: 20_000}).then(
      ({status}) => status,
      (error) => error.code,
    );
    if (arrives) assert.is(result, 204);
    else assert.match(String(result), /CERT|ISSUER|SIGNATURE/);
  });
}

test.run();
