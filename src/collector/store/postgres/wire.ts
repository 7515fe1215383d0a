import type {EventEmitter} from 'node:events';
import type {Socket} from 'node:net';
import pg from 'pg';
import {clean} from '../../../foreign.ts';
import {NotPostgres, stateOf} from './errors.ts';

/**
 * Bytes of a message of a server. One holds a row at most, and in it a body of a report; `pg` keeps what it has of one until it
 * is whole.
 */
const mostOfMessage = 256 * 1024 * 1024;

/** The messages of a server that `pg` knows, by their first byte. */
const known = new Set(Buffer.from('123ACDEGHIKNRSTWZcdnst'));
const [error, notice] = Buffer.from('EN');

/**
 * Holds what a server sends against the protocol's frames before `pg` reads it: its parser waits for gigabytes where a length
 * says so, and goes round for ever in an error without an end.
 *
 * @returns what takes the bytes as they arrive
 * @throws {NotPostgres} from what is returned
 */
export function frames(): (bytes: Buffer) => void {
  const head = Buffer.alloc(5);
  let had = 0;
  let left = 0;
  let ending: ((bytes: Buffer) => boolean) | undefined;
  return (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const isHead = left === 0;
      const many = Math.min(isHead ? head.length - had : left, bytes.length - at);
      const part = bytes.subarray(at, at + many);
      at += many;
      let hasEnded = true;
      if (isHead) {
        head.set(part, had);
        had += many;
        if (had < head.length) return;
        had = 0;
        left = lengthOf(head);
        ending = head[0] === error || head[0] === notice ? fields() : undefined;
        hasEnded = ending === undefined;
      } else {
        left -= many;
        if (ending) hasEnded = ending(part);
      }
      if (left === 0 && !hasEnded) throw new NotPostgres('an error without an end');
    }
  };
}

/** Bytes that follow the head of a message. */
function lengthOf(head: Buffer): number {
  if (!known.has(head[0]!)) throw new NotPostgres('a message that it does not have');
  const length = head.readUInt32BE(1);
  if (length < 4 || length > mostOfMessage) throw new NotPostgres('a message with an impossible length');
  return length - 4;
}

/** Follows the fields of an error: a letter and a text each, and a zero in the place of a letter at the end, which it tells. */
function fields(): (bytes: Buffer) => boolean {
  let isText = false;
  let hasEnded = false;
  return (bytes) => {
    for (let i = 0; i < bytes.length && !hasEnded; i++) {
      if (bytes[i] !== 0) isText = true;
      else if (isText) isText = false;
      else hasEnded = true;
    }
    return hasEnded;
  };
}

/** What our own code threw while `pg` handed it something. */
const own = new WeakSet<object>();

/** A function of ours that `pg` calls while it reads: what it throws is a bug, and is told as one. */
export function ours<A extends unknown[], R>(work: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      return work(...args);
    } catch (error) {
      if (error instanceof Error && !(error instanceof NotPostgres)) own.add(error);
      throw error;
    }
  };
}

/**
 * Holds what a server says against the protocol, with and without TLS: what is none of it ends the connection with NotPostgres, as
 * a connection ends that is lost. `pg` reads it where the socket tells of data, and whatever is thrown there ends the process.
 * To be called before the client connects.
 */
export function watchWire(client: pg.Client, isEncrypted: boolean): void {
  const {connection} = client as unknown as {connection: EventEmitter & {stream: Socket}};
  if (isEncrypted) connection.once('sslconnect', () => guard(connection.stream));
  else guard(connection.stream);
  let columns = 0;
  connection.on('rowDescription', (message: {fields: readonly unknown[]}) => {
    columns = message.fields.length;
  });
  connection.on('dataRow', (message: {fields: readonly unknown[]}) => {
    if (message.fields.length !== columns) throw new NotPostgres('a row with other columns than it told of');
  });
  connection.on('errorMessage', (message: Error) => {
    if (stateOf(message) === undefined)
      throw new NotPostgres(`an error without a state: ${clean(message.message, 160)}`);
  });
}

function guard(stream: Socket): void {
  const follow = frames();
  const emit = stream.emit.bind(stream) as (event: string, ...args: unknown[]) => boolean;
  const guarded = (event: string, ...args: unknown[]) => {
    if (event !== 'data') return emit(event, ...args);
    try {
      follow(args[0] as Buffer);
      return emit(event, ...args);
    } catch (error) {
      const isTold = error instanceof NotPostgres || (error instanceof Error && own.has(error));
      stream.destroy(isTold ? error : new NotPostgres('what can’t be read', {cause: error}));
      return true;
    }
  };
  stream.emit = guarded as Socket['emit'];
}

/** Whole numbers as numbers: none here is beyond 2^53. Everything else as `pg` reads it. */
export const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    const parse = numbers.get(oid) ?? pg.types.getTypeParser(oid, format as 'text');
    return (value: string) => {
      try {
        return parse(value);
      } catch (cause) {
        throw new NotPostgres('a value that is none of its type', {cause});
      }
    };
  },
};

const whole = (text: string) => {
  if (!/^-?\d{1,19}$/.test(text)) throw new SyntaxError('no whole number');
  return Number(text);
};

/** int8 and int8[] */
const numbers = new Map<number, (text: string) => unknown>([
  [20, whole],
  [1016, (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(whole))],
]);
