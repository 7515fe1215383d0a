import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Connections} from '../../src/cluster/connection/connect.ts';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {UserError} from '../../src/errors.ts';
import {askAgain, requireNoneSaysNo} from '../../src/operations/keep-id.ts';
import type {Prepared} from '../../src/operations/sending.ts';
import {member, type View} from './views.ts';

/** A context that was read, and by what its name is reached now. */
async function reachedBy(context: string, view: View) {
  const {reached, traits} = await member(context, view);
  return {...reached!, word: traits!.word!};
}
const leadingTo = (connection: Connection): Connections => ({to: async () => connection, close() {}});
const places = ['ops', 'kube-system'];

const looks: [what: string, own: View, forbids: boolean][] = [
  ['of one cluster', {maps: {ops: 'u!', 'kube-system': 'k'}}, true],
  ['which it may not see', {maps: {ops: 'u!', 'kube-system': 'k'}, refused: ['ops']}, true],
  ['of a copy, which says none', {maps: {ops: 'u', 'kube-system': 'k'}}, false],
];
for (const [what, own, forbids] of looks)
  test(`a no that another sees before a report leaves, ${what}: ${forbids ? 'forbids' : 'permits'}`, async () => {
    const other = await reachedBy('other', {maps: {ops: 'u!', 'kube-system': 'k'}});
    const {connection} = await reachedBy('own', own);
    const look = requireNoneSaysNo([{...other, places}], connection, leadingTo(other.connection));
    const told = await look.catch((error) => error);
    assert.is(/ops says reporting/.test(String(told)), forbids, String(told));
  });

for (const [what, to] of [
  ['leads elsewhere', (elsewhere: Connection): Connections => leadingTo(elsewhere)],
  ['is gone', (): Connections => ({to: () => Promise.reject(new UserError('usage', 'no such context')), close() {}})],
] as const)
  test(`another context that ${what} by now is asked as it was`, async () => {
    const other = await reachedBy('other', {maps: {ops: 'u!'}});
    const {connection} = await reachedBy('own', {maps: {ops: 'u!'}, refused: ['ops']});
    const elsewhere = {...(await reachedBy('other', {maps: {}})).connection, way: 'by http://proxy'};
    const told = await requireNoneSaysNo([{...other, places}], connection, to(elsewhere)).catch((error) => error);
    assert.match(String(told), /ops says reporting/);
  });

test('the same server by another way is another cluster, and is not asked in its place', async () => {
  const {connection, how, word} = await reachedBy('c', {maps: {'kube-system': 'k!'}});
  const cluster = {context: 'c', server: connection.server, user: connection.user};
  const preview = {collected: {cluster, word}, reached: {connection, how}} as unknown as Prepared;
  const elsewhere = {...(await reachedBy('c', {maps: {}})).connection, way: 'by http://proxy'};
  const told = await askAgain(preview, leadingTo(elsewhere)).catch((error) => error);
  assert.match(String(told), /The context c leads elsewhere now than when the report was built/);
});

test.run();
