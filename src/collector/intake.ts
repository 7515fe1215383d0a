import type {IncomingMessage, ServerResponse} from 'node:http';
import {type BodyFault, type BodyOwner, readBody} from './body.ts';
import type {IngestTally} from './messages.ts';
import type {Account, Shares} from './shares.ts';
import type {Accepted} from './store/contract.ts';

/** How what is sent to the public listener gets into the store and is answered, whatever its protocol. */

/** Why a request leads to no stored report, for the count and for the sender. */
export interface Refusal {
  readonly accepted?: undefined;
  readonly reason: string;
  readonly status: number;
  readonly message: string;
  readonly headers?: Record<string, string>;
}

/** A report that may be stored, and what to count once it is. */
export interface Good {
  readonly accepted: Accepted;
  count(tally: IngestTally): void;
}

/** What one protocol says of a request, and how it answers. */
export interface Protocol {
  /** Bytes of a body, before and after decoding. */
  readonly maxBody: number;
  /** Seconds after which a sender that was put off may come again. */
  readonly retryAfter: string;
  /** What the headers alone say against a request. */
  refusalOf(request: IncomingMessage): Refusal | undefined;
  /** @param body empty, if the request has none by its method */
  judge(request: IncomingMessage, body: Buffer): Good | Refusal;
  /** Answers that it is on disk. */
  done(response: ServerResponse): void;
  refuse(response: ServerResponse, refusal: Refusal, headers: Record<string, string>): void;
}

/** Gives a report to the store, with the number of its sender's network; `done` is told whether it is on disk. */
export type Submit = (report: Accepted, network: number, done: (stored: boolean) => void) => void;

/** What a request is handled with. */
export interface Means {
  readonly submit: Submit;
  readonly tally: IngestTally;
  readonly shares: Shares;
  /** Judges so many bytes when their owner's turn has come. */
  readonly inTurn: (account: Account, bytes: number, run: () => void) => void;
}

/** Sockets with a report at the store, or with an answer to a request that was not read whole: no other answer fits there. */
export const engaged = new WeakSet<object>();

/** Sockets with a report at the store, which must be answered: it may be on disk already. */
export const owed = new WeakSet<object>();

/** Seconds after which a sender that was put off may come again, where its protocol has none of its own. */
export const retryAfter = '30';

const faults: Record<Exclude<BodyFault, 'gone'>, Refusal> = {
  'too-large': {reason: 'too-large', status: 413, message: 'the report is too large'},
  slow: {reason: 'timeout', status: 408, message: 'the report came too slowly'},
  busy: {reason: 'busy', status: 503, message: 'too much at once'},
  'bad-gzip': {reason: 'bad-gzip', status: 400, message: 'failed to decode record: it is not gzip'},
};

const storeDown: Refusal = {reason: 'store', status: 503, message: 'the store takes nothing at present'};

/** What every protocol says against the encoding and the length of a body. */
export function bodyRefusal({headers}: IncomingMessage, maxBody: number): Refusal | undefined {
  if (!['gzip', 'identity', undefined].includes(headers['content-encoding'])) {
    const message = 'the content encoding must be gzip or none';
    return {reason: 'encoding', status: 415, message, headers: {'Accept-Encoding': 'gzip'}};
  }
  return Number(headers['content-length'] ?? 0) > maxBody ? faults['too-large'] : undefined;
}

/** A request, and whose it is. */
export interface Sent {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly protocol: Protocol;
  readonly account: Account;
  /** The number of its sender's network. */
  readonly network: number;
}

/** Reads, judges, stores and answers a request. */
export function take(sent: Sent, means: Means): void {
  const taking = new Taking(sent, means);
  const {request, protocol, account} = sent;
  const {shares} = means;
  const refusal = protocol.refusalOf(request) ?? (shares.hasItsReports(account) ? faults.busy : undefined);
  if (refusal) {
    taking.refuse(refusal);
    return;
  }
  if (request.method === 'GET') {
    // The report is in the request's line, which is in memory until it is answered.
    const bytes = request.url!.length;
    if (shares.charge(account, bytes)) taking.refuse(faults.busy);
    else {
      shares.stay(account);
      taking.took(Buffer.alloc(0), bytes);
    }
    return;
  }
  // Or who goes away as soon as all is sent has a new account each time, with nothing in it.
  shares.stay(account);
  const gzip = request.headers['content-encoding'] === 'gzip';
  readBody(request, gzip, protocol.maxBody, shares, account, taking);
}

/** A request under way: one object, because there are thousands at a time. It keeps no body, nor what was made of it. */
class Taking implements BodyOwner {
  readonly #sent: Sent;
  readonly #means: Means;
  /** Bytes that the account is charged with until the report is on disk or refused. */
  #charged = 0;

  constructor(sent: Sent, means: Means) {
    this.#sent = sent;
    this.#means = means;
  }

  refuse(refusal: Refusal): void {
    const {protocol, response} = this.#sent;
    countRefused(this.#means.tally, refusal.reason);
    protocol.refuse(response, refusal, {
      ...refusal.headers,
      ...(refusal.status === 503 ? {'Retry-After': protocol.retryAfter} : {}),
    });
  }

  failed(fault: BodyFault): void {
    this.#means.shares.leave(this.#sent.account);
    if (fault !== 'gone') this.refuse(faults[fault]);
  }

  /** It was read whole. */
  took(body: Buffer, charged: number): void {
    const {account} = this.#sent;
    account.reports++;
    this.#charged = charged;
    this.#means.inTurn(account, body.length || charged, () => this.#judge(body));
  }

  #judge(body: Buffer): void {
    const {request, protocol, network} = this.#sent;
    const judged = protocol.judge(request, body);
    if (!judged.accepted) {
      this.#settle();
      this.refuse(judged);
      return;
    }
    engaged.add(request.socket);
    owed.add(request.socket);
    this.#means.submit(judged.accepted, network, this.#answering(judged.count));
  }

  /** Made here, because a function keeps all that any other one of its scope uses: the body, until it is on disk. */
  #answering(count: Good['count']): (stored: boolean) => void {
    return (stored) => {
      const {request, response, protocol} = this.#sent;
      this.#settle();
      engaged.delete(request.socket);
      owed.delete(request.socket);
      if (!stored) {
        this.refuse(storeDown);
        return;
      }
      count(this.#means.tally);
      protocol.done(response);
    };
  }

  #settle(): void {
    const {account} = this.#sent;
    account.reports--;
    this.#means.shares.release(account, this.#charged);
    this.#means.shares.leave(account);
  }
}

/** Counts a request that was refused, by its reason. */
export function countRefused({refused}: IngestTally, reason: string): void {
  refused[reason] = (refused[reason] ?? 0) + 1;
}

/**
 * Answers, in plain text unless the headers say otherwise. What is left of the request is not read: the connection ends
 * unless it was read whole.
 */
export function answer(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const unread = !response.req.complete && response.req.method !== 'GET' && response.req.method !== 'HEAD';
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'X-Content-Type-Options': 'nosniff',
    ...(unread ? {Connection: 'close'} : {}),
    ...headers,
  });
  if (unread) engaged.add(response.req.socket);
  response.end(text);
  if (unread) discardRest(response.req);
}

/** Bytes read and thrown away so that the sender, still sending, gets to see the answer. */
const mostDiscarded = 4 * 1024 * 1024;

function discardRest(request: IncomingMessage): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > mostDiscarded) request.destroy();
  });
}
