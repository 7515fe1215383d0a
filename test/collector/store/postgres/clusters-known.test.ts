import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clusterNumbers} from '../../../../src/collector/store/postgres/clusters-known.ts';
import type {Session} from '../../../../src/collector/store/postgres/sessions.ts';
import {acceptedOn, today} from '../suite.ts';

const report = acceptedOn(today, 1);

for (const [what, epochs, asked] of [
  ['on the same server a number is asked for once', ['0 a', '0 a', '0 a'], 1],
  ['after a cluster was erased it is asked for again', ['0 a', '1 a', '1 a'], 2],
  ['after a failover too: the other server may not have it, or have given it to another', ['0 a', '0 b', '0 b'], 2],
] as const) {
  test(what, async () => {
    const numbers = clusterNumbers();
    let questions = 0;
    const session = {
      async query() {
        questions++;
        return [{id: 7, name: report.cluster, first_day: today, last_day: today}];
      },
    } as unknown as Session;
    for (const epoch of epochs) {
      await numbers.of(session, [report], epoch, () => true);
      numbers.committed();
    }
    assert.is(questions, asked);
  });
}

test.run();
