import {PbfWriter} from 'pbf';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {statusMessageOf} from '../../../src/cluster/connection/protobuf-status.ts';
import {envelope, protobufList} from '../protobuf.ts';

function status(message?: string): Buffer {
  const pbf = new PbfWriter();
  pbf.writeMessage(1, () => {}, null);
  pbf.writeStringField(2, 'Failure');
  if (message !== undefined) pbf.writeStringField(3, message);
  pbf.writeStringField(4, 'Forbidden');
  pbf.writeVarintField(6, 403);
  return envelope(pbf.finish(), {kind: 'Status'});
}

const cases: [what: string, bytes: Buffer, message: string | undefined][] = [
  ['a Status', status('nodes is forbidden: User "é"'), 'nodes is forbidden: User "é"'],
  ['a Status without a message', status(), undefined],
  ['an empty list', protobufList([]), undefined],
  ['text', Buffer.from('forbidden'), undefined],
  ['nothing', Buffer.alloc(0), undefined],
  ['garbage', Buffer.from('k8s\0\xff\xff\xff\xff', 'latin1'), undefined],
  ['a cut', status('message').subarray(0, 12), undefined],
];
for (const [what, bytes, message] of cases) {
  test(`${what} says ${JSON.stringify(message)}`, () => assert.is(statusMessageOf(bytes), message));
}

test.run();
