import http from 'node:http';
import https from 'node:https';
import {systemCode} from '../../errors.ts';
import {retryAfter} from '../../host/retry-after.ts';
import {packageVersion} from '../../report/index.ts';
import type {Passed} from '../store/queue.ts';
import {agentFor} from './agents.ts';
import {type Sink, SinkTrouble, type Surrounds} from './contract.ts';
import {eventOf, isTaken, trackUrl} from './event.ts';

/** Reports that are on their way at once. */
const atOnce = 8;
/** Milliseconds for a report, from the connection to the end of the answer. */
const patience = 60_000;
/** Answers that say that this very report will never be taken; any other may be another one later. */
const final: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Besides, of a collector that knows no events; its reports are not held up by them. */
const noEvents: ReadonlySet<number> = new Set([404, 405, 501]);
/** Characters of an answer that are looked at. */
const mostSaid = 1024;

/** Another collector of Spartakus' protocol, as `send` speaks to it: a report is delivered when it was answered with 204, an event, as
 * Hodometer has it, with 200 and `status` 1. */
export function collectorSink(url: string, {env}: Pick<Surrounds, 'env'>): Sink {
  const secure = url.startsWith('https:');
  const agent = agentFor(url, env, atOnce);
  const events = trackUrl(url);

  const post = (target: string, body: string) =>
    new Promise<{status: number; wait: string | undefined; whole: boolean; said: string}>((resolve, reject) => {
      const options = {
        method: 'POST',
        agent,
        signal: AbortSignal.timeout(patience),
        headers: {
          'User-Agent': `seldon-usage/${packageVersion}`,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
        },
      };
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      const request = secure
        ? https.request(target, {...options, rejectUnauthorized: true})
        : http.request(target, options);
      request.on('response', (answer) => {
        answer.on('error', reject);
        // The connection can be used again once all was read.
        const whole = request.writableFinished;
        let said = '';
        answer.setEncoding('latin1').on('data', (text: string) => {
          if (said.length < mostSaid) said += text.slice(0, mostSaid);
        });
        const wait = answer.headers['retry-after'];
        answer.on('end', () => resolve({status: answer.statusCode ?? 0, wait, whole, said}));
      });
      request.on('error', reject);
      request.end(body);
    });

  /** Why the report will never be taken; undefined: it was. */
  const pass = async (report: Passed): Promise<string | undefined> => {
    const isEvent = report.kind === 'hodometer';
    const sent = isEvent ? post(events, eventOf(report)) : post(url, report.body);
    const {status, wait, whole, said} = await sent.catch((error: unknown) => {
      throw new SinkTrouble(`no answer (${reason(error)})`, {cause: error});
    });
    const hasIt = isEvent ? status === 200 && isTaken(said) : status === 204;
    if (hasIt && whole) return undefined;
    if (hasIt) throw new SinkTrouble('it says that it has a report of which it has not read all');
    if (final.has(status) || (isEvent && noEvents.has(status))) return `answered with ${status}`;
    throw new SinkTrouble(`it answers ${status}`, {after: retryAfter(wait, Date.now())});
  };

  return {
    async deliver(reports) {
      const refused = new Map<number, string>();
      for (let i = 0; i < reports.length; i += atOnce) {
        const some = reports.slice(i, i + atOnce);
        // All are waited for: none is on its way any more when they come again.
        const answers = await Promise.allSettled(some.map(pass));
        for (const [k, answer] of answers.entries()) {
          if (answer.status === 'rejected') throw answer.reason;
          if (answer.value !== undefined) refused.set(some[k]!.number, answer.value);
        }
      }
      return refused;
    },
    // Spartakus' protocol has no word for it.
    erase: async () => 'beyond-reach',
    async close() {
      agent.destroy();
    },
  };
}

function reason(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return 'not within 60s';
  return systemCode(error) ?? (error as Error).name;
}
