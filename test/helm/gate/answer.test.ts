// What the API server answers, and does not come to its end with.
import type {IncomingMessage} from 'node:http';
import {Readable} from 'node:stream';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Connection} from '../../../src/cluster/connection/connection.ts';
import type {UserError} from '../../../src/errors.ts';
import {askServer, objectOf} from '../../../src/helm/gate/answer.ts';

const answering = (body: Readable): Connection => ({
  ...{context: 'c', server: 'https://127.0.0.1:1', user: 'u', namespace: 'default', ca: '', way: ''},
  request: async () => Object.assign(body, {statusCode: 200, headers: {}}) as unknown as IncomingMessage,
  close() {},
});

const bodies: Record<string, [body: Readable, within: number, says: RegExp]> = {
  'nothing more after its head': [new Readable({read() {}}), 20, /does not end within 0.02 s/],
  'a drop now and then': [Readable.from(drops()), 100, /does not end within 0.1 s/],
  'more than any answer has': [Readable.from(flood()), 600_000, /more than \d+ bytes/],
};

async function* drops() {
  for (;;) {
    yield Buffer.from(' ');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function* flood() {
  for (;;) yield Buffer.alloc(1024 * 1024);
}

for (const [name, [body, within, says]] of Object.entries(bodies))
  test(`an answer that is ${name} ends as an error, and is not read on`, async () => {
    const error = await askServer(answering(body), '/version', {}, within).then(
      () => undefined,
      (error: UserError) => error,
    );
    assert.is(error?.code, 'cluster');
    assert.match(error!.message, says);
    assert.ok(body.destroyed);
  });

for (const body of ['', 'null', '[]', '5', '{'])
  test(`an answer that is no object is refused: ${body}`, () =>
    assert.throws(() => objectOf({status: 200, headers: {}, body: Buffer.from(body)}), /is not an object/));

test.run();
