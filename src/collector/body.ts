import type {IncomingMessage} from 'node:http';
import {gunzip} from 'node:zlib';
import type {Account, OpenBody, Shares} from './shares.ts';

/** Why a body was not taken. `gone`: the sender went away, and there is nobody to answer. */
export type BodyFault = 'too-large' | 'busy' | 'bad-gzip' | 'slow' | 'gone';

export type Body =
  | {readonly bytes: Buffer; readonly fault?: undefined}
  | {readonly bytes?: undefined; readonly fault: BodyFault};

/**
 * Reads the body of a request, decoded.
 *
 * @param most bytes of the body, before and after decoding
 * @param account whose share the body's memory comes from
 * @param done is called once, with the body and a function that gives its memory back
 */
export function readBody(
  request: IncomingMessage,
  gzip: boolean,
  most: number,
  shares: Shares,
  account: Account,
  done: (body: Body, release: () => void) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let charged = 0;
  let isDone = false;
  const release = () => {
    shares.release(account, charged);
    charged = 0;
  };
  const finish = (body: Body) => {
    if (isDone) return;
    isDone = true;
    account.bodies.delete(open);
    done(body, release);
  };
  const fail = (fault: BodyFault) => {
    request.off('data', onData);
    chunks.length = 0;
    finish({fault});
  };
  const open: OpenBody = {
    began: performance.now(),
    get size() {
      return size;
    },
    giveUp: fail,
  };
  account.bodies.add(open);
  const charge = (bytes: number) => {
    if (isDone || shares.charge(account, bytes)) return false;
    charged += bytes;
    return true;
  };
  const onData = (chunk: Buffer) => {
    size += chunk.length;
    if (size > most) fail('too-large');
    else if (!charge(chunk.length)) fail('busy');
    else chunks.push(chunk);
  };
  request.on('data', onData);
  request.on('end', () => {
    if (isDone) return;
    account.bodies.delete(open);
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    // The request lives until it is answered, and its listeners would keep the body for as long.
    chunks.length = 0;
    if (!gzip) return finish({bytes});
    decode(bytes, most, charge, finish, fail);
  });
  request.on('close', () => {
    if (!request.complete) fail('gone');
  });
  request.on('error', () => fail('gone'));
}

/** DEFLATE makes at most 1032 bytes of one (zlib.net/zlib_tech.html): so much is set aside before decoding. */
const deflateMost = 1032;

function decode(
  bytes: Buffer,
  most: number,
  charge: (bytes: number) => boolean,
  finish: (body: Body) => void,
  fail: (fault: BodyFault) => void,
): void {
  if (!charge(Math.min(most, bytes.length * deflateMost))) {
    fail('busy');
    return;
  }
  gunzip(bytes, {maxOutputLength: most}, (error, decoded) => {
    if (!error) finish({bytes: decoded});
    else fail((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'bad-gzip');
  });
}
