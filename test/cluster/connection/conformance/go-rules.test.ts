// Pieces of Go's own rules, each against Go itself by thousands of texts: hosts, PEM, NO_PROXY.
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {text} from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import {parseGoUrl} from '../../../../src/host/go-url.ts';
import {isExcepted} from '../../../../src/host/no-proxy.ts';
import {pemBlocks} from '../../../../src/host/pem.ts';
import {rigSuite} from '../../../rig/available.ts';
import {kubeconfigOracle} from '../../../rig/toolchain.ts';

const count = 2000;
const url =
  'https: http: HTTPS: // / /// host master.01 010.0.0.1 0x10 [::1] [fe80::1%25eth0] [fe80::1%eth0] [::ffff:127.0.0.1] : :6443 :65 @ u u:p % %25 %41 %C3%BC ü ?a=b #f #%zz [ ] .. ! * _ %00 x:y:1 [1.2.3.4] . 1.2.3'.split(
    ' ',
  );
const pem = [
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '-----BEGIN X-----',
  '-----END X-----',
  '-----BEGIN CERTIFICATE----',
  'AAAA',
  'AA==',
  'A',
  '=',
  'Name: x',
  '',
  ' ',
  '\t',
  '\r',
  '\n',
  '\n',
  '\n',
  '\r\n',
  '-----',
  'x',
];
const list =
  '* . , : / [ ] example example.com .example.com *.example.com a.example.com 10.0.0.1 10.0.0.0/8 10.0.0.0/33 ::1 [2001:db8::1]:443 2001:db8::/32 :443 :80 localhost 127.0.0.1 EXAMPLE.com ::ffff:10.0.0.1'.split(
    ' ',
  );
const hosts = [
  'a.example.com',
  'example.com',
  'xexample.com',
  '10.0.0.1',
  '2001:db8::1',
  'localhost',
  '127.0.0.2',
  'x.localhost',
  '11.0.0.1',
];

/** A text of a few pieces; the same ones in every run. */
function generator(): (pieces: readonly string[], most: number) => string {
  let state = 1;
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor(state / 65536) % below;
  };
  return (pieces, most) => Array.from({length: 1 + next(most)}, () => pieces[next(pieces.length)]).join('');
}

async function ask(questions: readonly string[]): Promise<unknown[]> {
  const child = spawn(await kubeconfigOracle(), {stdio: ['pipe', 'pipe', 'inherit']});
  child.stdin.end(`${questions.join('\n')}\n`);
  return (await text(child.stdout))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const test = rigSuite("Go's rules", ['apiserver', 'kubectl']);

test('which host and port a server means', async () => {
  const make = generator();
  const texts = Array.from({length: count}, (_, at) => (at % 2 ? 'https://' : '') + make(url, 6));
  const answers = await ask(texts.map((each) => `url ${JSON.stringify([each])}`));
  texts.forEach((each, at) => {
    let ours = parseGoUrl(each);
    if (!ours?.scheme || !ours.host) {
      ours = parseGoUrl(`http://${each}`);
      if (ours && !/^\/?$/.test(ours.path)) ours = undefined;
    }
    const {dial = ''} = answers[at] as {dial?: string};
    // Letters that no name can have beside such as are no ASCII: nobody has such a host.
    if (/[\x80-\uffff]/.test(dial)) return;
    const port = ours && (ours.port || {http: '80', https: '443'}[ours.scheme] || '');
    const host = ours?.hostname.includes(':') ? `[${ours.hostname}]` : ours?.hostname;
    assert.is(ours ? `${host}:${port}` : '', dial, each);
  });
});

test('which certificates a text holds', async () => {
  const make = generator();
  const texts = Array.from({length: count}, () => make(pem, 14));
  const answers = await ask(texts.map((each) => `pem ${JSON.stringify(each)}`));
  texts.forEach((each, at) => {
    const ours = pemBlocks(each)
      .filter(({type, headers}) => type === 'CERTIFICATE' && Object.keys(headers).length === 0)
      .map(({bytes}) => createHash('sha256').update(bytes).digest('hex'));
    assert.equal(ours, answers[at] ?? [], JSON.stringify(each));
  });
});

test('which servers NO_PROXY excepts', async () => {
  const make = generator();
  const asked = Array.from({length: count}, (_, at) => [make(list, 4), hosts[at % hosts.length]!] as const);
  const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
  const answers = await ask(
    asked.map(([value, host]) => `proxy ${JSON.stringify([value, `https://${bracketed(host)}`])}`),
  );
  asked.forEach(([value, host], at) => {
    assert.is(!isExcepted(host, '443', value), answers[at], `${value} | ${host}`);
  });
});

test.run();
