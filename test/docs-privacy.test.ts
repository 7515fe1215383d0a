// PRIVACY.md against what really happens: the headers of a real POST, the files of a real run, the lines of a real ledger.
import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {acceptEvent} from '../src/collector/hodometer/event.ts';
import {exitCodes} from '../src/errors.ts';
import {send} from '../src/operations/send.ts';
import {offSwitches, settings} from '../src/settings.ts';
import {eventOf} from './collector/hodometer/event.ts';
import {sandbox} from './delivery/sandbox.ts';
import {startScripted} from './rig/scripted.ts';

const text = readFileSync(new URL('../PRIVACY.md', import.meta.url), 'utf8');

function part(name: string): string {
  const found = new RegExp(`<!-- checked: ${name} -->([^]*?)<!-- end -->`).exec(text);
  assert.ok(found, name);
  return found![1]!;
}

/** What the list of a part names: the code before the colon of each item. */
function named(name: string): string[] {
  return part(name)
    .split('\n')
    .filter((line) => line.startsWith('- '))
    .flatMap((line) => [...line.split(':')[0]!.matchAll(/`([^`]+)`/g)].map(([, code]) => code!))
    .sort();
}

const collector = await startScripted({
  tls: false,
  routes: {
    '*': [{status: 204}, {status: 301, body: 'no'}, {destroyAfter: 0}, {status: 301}, {status: 400}],
  },
});
const user = sandbox();
const withContext = {...user.options({urls: [collector.url]})};
// Delivered; failed; failed without an answer, superseding; and failed again.
for (let i = 0; i < 4; i++) await send(withContext, user.around);
await collector.close();

test('the headers', () => {
  assert.equal(Object.keys(collector.requests[0]!.headers).sort(), named('headers'));
  assert.match(collector.requests[0]!.headers['user-agent']!, /^seldon-usage\/\d+\.\d+\.\d+$/);
});

test('the ledger', () => {
  const documented = new Set(named('ledger'));
  const written = new Set(user.ledger().flatMap((line) => Object.keys(line)));
  for (const key of written) assert.ok(documented.has(key), `${key} is written and not documented`);
  // A context and a recovered line need a cluster and a crash.
  for (const key of documented) assert.ok(written.has(key) || ['context', 'recovered'].includes(key), key);
});

test('what is kept of an event of Hodometer', () => {
  const {accepted} = acceptEvent(Buffer.from(JSON.stringify(eventOf(1, {node_count: 1}))), 0);
  assert.equal(Object.keys(JSON.parse(accepted!.body)).sort(), named('hodometer'));
});

test('the switches', () => {
  assert.equal(part('switches').trim(), offSwitches.map(({variable, what}) => `- \`${variable}\`: ${what}`).join('\n'));
  assert.match(text, `the\nexit code is ${exitCodes.consent}`);
});

test('the destination', () => {
  const url = settings.find(({name}) => name === 'url')!;
  assert.match(text, `\`${'default' in url ? url.default : ''}\``);
  assert.match(text, `\`${url.variable}\``);
});

test.after(() => user.remove());

test.run();
