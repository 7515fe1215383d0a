import {writeFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {PeriodEvent} from '../../src/operations/period.ts';
import {send} from '../../src/operations/send.ts';
import {sendEvery} from '../../src/operations/send-period.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {sampleReport, sandbox} from '../delivery/sandbox.ts';

test('what is agreed to once is not agreed to anew because the collector refused it', async () => {
  const receiver = await startReceiver();
  const user = sandbox();
  const extend = (...names: string[]) =>
    writeFileSync(
      user.reportFile,
      JSON.stringify({...sampleReport(3), extensions: names.map((name) => ({name, value: 'x'}))}),
    );
  const events: PeriodEvent[] = [];
  const ended = new Error('seen enough');
  try {
    extend('first');
    await send(user.options({urls: [receiver.url]}), user.around);
    extend('first', 'second');
    const {collect, ...options} = user.options({urls: [`${receiver.url}/elsewhere`], stays: true});
    const tell = (event: PeriodEvent) => {
      events.push(event);
      if (event.event === 'failed') extend('first', 'second', 'third');
      if (event.event === 'error' || events.filter((one) => one.event === 'failed').length > 1) throw ended;
    };
    const all = {...options, collect: {...collect, acceptWider: true}};
    assert.is(await sendEvery(200, all, user.around, tell).catch((error) => error), ended);
    const told = events.flatMap((event) => ('message' in event ? event.message : []));
    assert.match(told.at(-1) ?? '', /: the extension third\. Nothing was sent/);
    assert.match(told[0]!, /: the extension second\. --accept-wider agrees to it, this once/);
    assert.is(receiver.headers.length, 2);
  } finally {
    await receiver.close();
    user.remove();
  }
});

test.run();
