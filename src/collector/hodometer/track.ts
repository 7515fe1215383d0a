import type {ServerResponse} from 'node:http';
import {answer, bodyRefusal, type Protocol} from '../intake.ts';
import {bodyData, type Data, formData} from './data.ts';
import {acceptEvent} from './event.ts';

/** Bytes of a body: an event has less than a thousand. */
const mostBody = 64 * 1024;

/** How often Hodometer's client tries an event again before it gives it up until the next one, eight hours later. */
export const retries = 20;

/**
 * Seconds between its tries where it is told: a store may be away for twice ten minutes, where its own waits (1 to 30 s)
 * add up to eight, and 30 s to ten that end with the last try.
 */
export const retryAfter = 60;

/**
 * What Hodometer's client takes for success: anything else it logs or tries again
 * (github.com/dukex/mixpanel reads `status`, hashicorp/go-retryablehttp tries 429 and 5xx again).
 */
const taken = reply(1, '');

/** The protocol of Hodometer: an event in the query, or in a body. The query is data: it is read here and nowhere else. */
export function track(maxBody: number): Protocol {
  const most = Math.min(maxBody, mostBody);
  return {
    maxBody: most,
    retryAfter: String(retryAfter),
    refusalOf: (request) => bodyRefusal(request, most),
    judge({url = ''}, body) {
      const {json, fault} = dataIn(url, body);
      if (!json) return {reason: 'event-not-base64', status: 400, message: fault};
      const judged = acceptEvent(json, Date.now());
      if (!judged.accepted) return {reason: judged.reason, status: 400, message: judged.message};
      // What is counted must not keep the event.
      const {accepted, droppedFields} = judged;
      return {
        accepted,
        count(tally) {
          tally.events++;
          tally.droppedFields += droppedFields;
        },
      };
    },
    done: (response) => say(response, 200, taken, {}),
    refuse: (response, {status, message}, headers) => say(response, status, reply(0, message), headers),
  };
}

function dataIn(url: string, body: Buffer): Data {
  const query = url.indexOf('?');
  return (query < 0 ? undefined : formData(url.slice(query + 1))) ?? bodyData(body);
}

function reply(status: 0 | 1, error: string): string {
  return JSON.stringify({status, error});
}

function say(response: ServerResponse, status: number, text: string, headers: Record<string, string>): void {
  answer(response, status, text, {'Content-Type': 'application/json; charset=utf-8', ...headers});
}
