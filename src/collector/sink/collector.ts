import http from 'node:http';
import https from 'node:https';
import {isOwnMistake, systemCode} from '../../errors.ts';
import {retryAfter} from '../../host/retry-after.ts';
import {packageVersion} from '../../report/index.ts';
import type {Passed} from '../store/queue.ts';
import {agentFor} from './agents.ts';
import {type Sink, SinkTrouble, type Surrounds} from './contract.ts';
import {atOnce, deliverEach, type Outcome} from './each.ts';
import {eventOf, isTaken, trackUrl} from './event.ts';
import {madeOf} from './readable.ts';

/** Seconds for a report, from the connection to the end of the answer. */
const longest = 60;
/** Answers that say that this very report will never be taken; any other may be another one later. */
const final: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** Of the others below 500, those that are about who asks, or when; the rest may be about this very report, as a firewall's 403 is, or its page. */
const ofAll: ReadonlySet<number> = new Set([401, 407, 408, 425, 429]);
/** The same of what comes in place of an answer: it is cut off, is no HTTP (llhttp's codes begin so), or there is none in time. */
const cutOff: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);
const noHttp = 'HPE_';

/** Besides, of a collector that knows no events; its reports are not held up by them. */
const noEvents: ReadonlySet<number> = new Set([404, 405, 501]);
/** Characters of an answer that are looked at. */
const mostSaid = 1024;

/** Connections that are tried where those that were idle turn out to be closed: all of them, and a new one. */
const mostAttempts = atOnce + 1;

interface Answer {
  readonly status: number;
  readonly wait: string | undefined;
  /** All was sent when it began: the connection can be used again once all of it was read. */
  readonly whole: boolean;
  readonly said: string;
}

/** How reports are posted. */
interface Way {
  readonly secure: boolean;
  readonly agent: http.Agent;
}

/** Another collector of Spartakus' protocol, as `send` speaks to it: a report is delivered when it was answered with 204, an event, as
 * Hodometer has it, with 200 and `status` 1. */
export function collectorSink(url: string, {env}: Pick<Surrounds, 'env'>): Sink {
  const agent = agentFor(url, env, atOnce);
  const way = {secure: url.startsWith('https:'), agent};
  const events = trackUrl(url);

  const pass = async (report: Passed): Promise<Outcome> => {
    const isEvent = report.kind === 'hodometer';
    const {made, refused} = madeOf([report], isEvent ? eventOf : ({body}) => body);
    if (made.length === 0) return {refused: refused.get(report.number)!};
    const answer = await post(isEvent ? events : url, made[0]!, way).catch(cutShort);
    return answer instanceof SinkTrouble ? {own: answer} : outcomeOf(answer, isEvent);
  };

  return {
    deliver: (reports, how) => deliverEach(reports, pass, how),
    // Spartakus' protocol has no word for it.
    erase: async () => 'beyond-reach',
    async close() {
      agent.destroy();
    },
  };
}

function post(url: string, body: string, way: Way, attempts = 1): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: way.agent,
      signal: AbortSignal.timeout(1000 * longest),
      headers: {
        'User-Agent': `seldon-usage/${packageVersion}`,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
      },
    };
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    const request = way.secure
      ? https.request(url, {...options, rejectUnauthorized: true})
      : http.request(url, options);
    request.on('response', (answer) => {
      answer.on('error', reject);
      const whole = request.writableFinished;
      let said = '';
      answer.setEncoding('latin1').on('data', (text: string) => {
        if (said.length < mostSaid) said += text.slice(0, mostSaid);
      });
      const wait = answer.headers['retry-after'];
      answer.on('end', () => resolve({status: answer.statusCode ?? 0, wait, whole, said}));
    });
    request.on('error', (error) => {
      // The other side had closed a connection that was idle: that is no word on what was sent on it.
      const isStale = request.reusedSocket && cutOff.has(systemCode(error) ?? '');
      if (isStale && attempts < mostAttempts) resolve(post(url, body, way, attempts + 1));
      else reject(error);
    });
    // A 101 that nobody asked for ends the request without a word.
    request.on('close', () => reject(Object.assign(new Error('closed'), {code: 'ECONNRESET'})));
    request.end(body);
  });
}

/**
 * What came in place of an answer, where that may be this very report's trouble.
 *
 * @throws {SinkTrouble} where it is the sink's
 */
function cutShort(error: unknown): SinkTrouble {
  if (isOwnMistake(error)) throw error;
  const why = isTimeout(error) ? `not within ${longest}s` : reason(error);
  const trouble = new SinkTrouble(`no answer (${why})`, {cause: error});
  const code = systemCode(error) ?? '';
  if (isTimeout(error) || cutOff.has(code) || code.startsWith(noHttp)) return trouble;
  throw trouble;
}

/** @throws {SinkTrouble} where an answer is about all that is passed on */
function outcomeOf({status, wait, whole, said}: Answer, isEvent: boolean): Outcome {
  const hasIt = isEvent ? status === 200 && isTaken(said) : status === 204;
  if (hasIt && whole) return {};
  if (hasIt) return {own: new SinkTrouble('it claims a report that it has not read to the end')};
  if (final.has(status) || (isEvent && noEvents.has(status))) return {refused: `answered with ${status}`};
  const trouble = new SinkTrouble(`it answers ${status}`, {after: retryAfter(wait, Date.now())});
  if (status < 500 && !ofAll.has(status)) return {own: trouble};
  // A server says so when it is down, and also when it stumbles over a text.
  if (status >= 500 && wait === undefined) return {own: trouble, isDoubtful: true};
  throw trouble;
}

function isTimeout(error: unknown): boolean {
  // Node's own error of a request that was given up has why as its cause.
  return ((error as Error).cause as Error | undefined)?.name === 'TimeoutError';
}

function reason(error: unknown): string {
  return systemCode(error) ?? (error as Error).name;
}
