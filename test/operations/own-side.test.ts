import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {ownSide} from '../../src/operations/own-side.ts';
import {send} from '../../src/operations/send.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {clusterID, sandbox} from '../delivery/sandbox.ts';
import {startScripted} from '../rig/scripted.ts';

const stored = {unreadable: [], undetermined: [], refused: [], searched: true, places: [], present: [], uids: {}};
const replaced = 'b2e7d1c0-5a3f-4e7b-9c1d-2f4a6b8c0d1e';

test('what waits is what send --pending sends, also after the ID was replaced', async () => {
  const user = sandbox();
  const collector = await startScripted({tls: false, routes: {'*': [{status: 301}, {status: 204}]}});
  try {
    await send(user.options({urls: [collector.url]}), user.around);
    const waits = (value: string) =>
      ownSide({value, origin: {from: 'cluster', namespace: 'n'}}, stored, {}, user.around).waiting.map(({id}) => id);
    const before = waits(clusterID);
    assert.is(before.length, 1);
    assert.equal(waits(replaced), before);
    const {outcomes: sent} = await sendPending({yes: true, allowHttp: false, timeout: 20_000}, user.around, {});
    assert.equal(
      sent.map(({waiting}) => waiting.id),
      before,
    );
    assert.equal(waits(replaced), []);
  } finally {
    await collector.close();
    user.remove();
  }
});

test('without a home nothing waits here, and that is no error', () => {
  const own = ownSide({value: clusterID, origin: {from: 'flag'}}, stored, {}, {env: {}, home: ''});
  assert.equal([own.waiting, own.last], [[], undefined]);
});

test.run();
