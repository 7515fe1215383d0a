import type {IncomingMessage} from 'node:http';
import {gunzip} from 'node:zlib';

/** Why a body was not taken. `gone`: the sender went away, and there is nobody to answer. */
export type BodyFault = 'too-large' | 'busy' | 'bad-gzip' | 'gone';

export type Body =
  | {readonly bytes: Buffer; readonly fault?: undefined}
  | {readonly bytes?: undefined; readonly fault: BodyFault};

/** Memory that bodies in flight may take together: what is charged must be released. */
export interface Budget {
  charge(bytes: number): boolean;
  release(bytes: number): void;
}

export function budget(bytes: number): Budget {
  let free = bytes;
  return {
    charge(wanted) {
      if (wanted > free) return false;
      free -= wanted;
      return true;
    },
    release(bytes) {
      free += bytes;
    },
  };
}

/**
 * Reads the body of a request, decoded.
 *
 * @param most bytes of the body, before and after decoding
 * @param done is called once, with the body and a function that gives its memory back
 */
export function readBody(
  request: IncomingMessage,
  gzip: boolean,
  most: number,
  memory: Budget,
  done: (body: Body, release: () => void) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  let charged = 0;
  let isDone = false;
  const release = () => {
    memory.release(charged);
    charged = 0;
  };
  const finish = (body: Body) => {
    if (isDone) return;
    isDone = true;
    done(body, release);
  };
  const fail = (fault: BodyFault) => {
    request.off('data', onData);
    chunks.length = 0;
    finish({fault});
  };
  const charge = (bytes: number) => {
    if (!memory.charge(bytes)) return false;
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
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
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
