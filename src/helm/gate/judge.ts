import type {IncomingMessage} from 'node:http';
import type {Connection} from '../../cluster/connection/connection.ts';
import {systemCode, UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Release} from '../record.ts';
import type {FoundRelease} from '../releases.ts';
import {type Answer, statusAnswer} from './answer.ts';
import {type Ask, mostBody, Refused, readAsk, requirePlain} from './ask.ts';
import {discovery} from './discovery.ts';
import {nameOfAsk} from './name-of-ask.ts';
import {type Permitted, planned} from './objects.ts';
import {Records} from './records.ts';

/** What one run of Helm may do. */
export interface Stage {
  /** Objects of the plan, as far as they are known by now. */
  permitted(): Promise<Permitted>;
  /** What is wrong with the next record, one clause each; absent in a rehearsal. */
  readonly checkRecord?: (record: Release) => string[];
}

/** Holds what Helm asks against the plan. Until a stage is admitted that is discovery and the release's record only. */
export class Judge {
  readonly #connection: Connection;
  readonly #release: FoundRelease;
  readonly #records: Records;
  readonly #ended = new AbortController();
  #stage: Stage | undefined;
  #stopped = false;
  #refusal: string | undefined;

  constructor(connection: Connection, release: FoundRelease) {
    this.#connection = connection;
    this.#release = release;
    this.#records = new Records(connection, release);
  }

  admit(stage: Stage): void {
    this.#stage = stage;
  }

  /** What was refused first, and why. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** Aborted, with the name of a signal for Helm, once something was refused. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** False: the change has begun, and goes on. */
  stopBeforeChange(): boolean {
    if (this.#records.begun) return false;
    this.#stop();
    return true;
  }

  async answer(request: IncomingMessage): Promise<Answer> {
    let ask: Ask | undefined;
    try {
      requirePlain(request);
      ask = readAsk(request, await bodyOf(request));
      return await this.#decide(ask);
    } catch (error) {
      if (error instanceof Refused) return this.#refuse(request, ask, error);
      // What the plan's objects are could not be found out.
      if (error instanceof UserError && error.code !== 'cluster')
        return this.#refuse(request, ask, new Refused(error.message));
      const code = systemCode(error);
      if (!(error instanceof UserError) && code === undefined)
        return this.#refuse(request, ask, new Refused(`the gate fails over it (${String(error)})`));
      return statusAnswer(
        502,
        'ServiceUnavailable',
        error instanceof UserError ? error.message : `no answer (${code})`,
      );
    }
  }

  async #decide(ask: Ask): Promise<Answer> {
    const failed = this.#stopped;
    const found = failed ? undefined : await discovery(this.#connection, ask);
    const answer = found ?? (await this.#records.answer(ask, this.#stage?.checkRecord, failed));
    if (answer) return answer;
    if (!failed && this.#stage) {
      const object = await planned(this.#connection, this.#release, await this.#stage.permitted(), ask);
      if (object) return object;
    }
    throw new Refused('the change needs no such thing');
  }

  async #refuse(request: IncomingMessage, ask: Ask | undefined, {message}: Refused): Promise<Answer> {
    this.#stop();
    const what = await nameOfAsk(this.#connection, request, ask);
    if (this.#refusal === undefined) {
      this.#refusal = `${what}: ${clean(message, 400)}`;
      this.#ended.abort('SIGTERM');
    }
    return statusAnswer(403, 'Forbidden', `${what} is not part of the change`);
  }

  #stop(): void {
    this.#stopped = true;
    this.#records.stop();
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBody) throw new Refused(`its body is larger than ${mostBody} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
