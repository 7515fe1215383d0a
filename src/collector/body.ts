import type {IncomingMessage} from 'node:http';
import {gunzip} from 'node:zlib';
import type {Account, OpenBody, Shares} from './shares.ts';

/** Why a body was not taken. `gone`: the sender went away, and there is nobody to answer. */
export type BodyFault = 'too-large' | 'busy' | 'bad-gzip' | 'slow' | 'gone';

/** Who is told of a body, once: with its bytes and how much memory they were charged with, or with its fault. Then nothing is charged. */
export interface BodyOwner {
  took(bytes: Buffer, charged: number): void;
  failed(fault: BodyFault): void;
}

/**
 * Reads the body of a request, decoded.
 *
 * @param most bytes of the body, before and after decoding
 * @param account whose share the body's memory comes from
 */
export function readBody(
  request: IncomingMessage,
  gzip: boolean,
  most: number,
  shares: Shares,
  account: Account,
  owner: BodyOwner,
): void {
  const reading = new Reading(most, shares, account, owner);
  request.on('data', (chunk: Buffer) => reading.add(chunk));
  request.on('end', () => reading.end(gzip));
  request.on('close', () => {
    if (!request.complete) reading.fail('gone');
  });
  request.on('error', () => reading.fail('gone'));
}

/** A body that is being read: one object, because there are thousands at a time. */
class Reading implements OpenBody {
  readonly began = performance.now();
  size = 0;
  readonly #most: number;
  readonly #shares: Shares;
  readonly #account: Account;
  readonly #owner: BodyOwner;
  /** What came; undefined: it was handed on, or given up. */
  #chunks: Buffer[] | undefined = [];
  #charged = 0;
  #isDone = false;

  constructor(most: number, shares: Shares, account: Account, owner: BodyOwner) {
    this.#most = most;
    this.#shares = shares;
    this.#account = account;
    this.#owner = owner;
    account.bodies.add(this);
  }

  add(chunk: Buffer): void {
    if (!this.#chunks) return;
    this.size += chunk.length;
    if (this.size > this.#most) this.fail('too-large');
    else if (!this.#charge(chunk.length)) this.fail('busy');
    else this.#chunks?.push(chunk);
  }

  end(gzip: boolean): void {
    const chunks = this.#chunks;
    if (!chunks) return;
    this.#account.bodies.delete(this);
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    // The request lives until it is answered, and its listeners would keep the body for as long.
    this.#chunks = undefined;
    if (!gzip) this.#finish(bytes);
    else this.#decode(bytes);
  }

  giveUp(why: 'busy' | 'slow'): void {
    this.fail(why);
  }

  fail(fault: BodyFault): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#chunks = undefined;
    this.#account.bodies.delete(this);
    this.#shares.release(this.#account, this.#charged);
    this.#owner.failed(fault);
  }

  #finish(bytes: Buffer): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#owner.took(bytes, this.#charged);
  }

  #charge(bytes: number): boolean {
    if (this.#shares.charge(this.#account, bytes)) return false;
    this.#charged += bytes;
    return true;
  }

  #decode(bytes: Buffer): void {
    if (!this.#charge(Math.min(this.#most, bytes.length * deflateMost))) {
      this.fail('busy');
      return;
    }
    gunzip(bytes, {maxOutputLength: this.#most}, (error, decoded) => {
      if (!error) this.#finish(decoded);
      else this.fail((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'bad-gzip');
    });
  }
}

/** DEFLATE makes at most 1032 bytes of one (zlib.net/zlib_tech.html): so much is set aside before decoding. */
const deflateMost = 1032;
