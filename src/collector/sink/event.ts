import {eventName} from '../../report/hodometer/properties.ts';
import type {Passed} from '../store/queue.ts';

/** An event as Hodometer's client makes it, with the ID by which it is stored once, and without the token and the clock. */
export function eventOf({body, once}: Pick<Passed, 'body' | 'once'>): string {
  const properties = {...JSON.parse(body), ...(once === undefined ? {} : {$insert_id: once})};
  return JSON.stringify({event: eventName, properties});
}

/** Where a collector takes events, whose reports go to `url`. */
export function trackUrl(url: string): string {
  const target = new URL(url);
  target.pathname = target.pathname.endsWith('/api/v1') ? target.pathname.replace(/\/api\/v1$/, '/track') : '/track';
  return target.href;
}

/** Whether an answer of 200 says that an event was taken, as Hodometer's client reads it. */
export function isTaken(answer: string): boolean {
  try {
    return JSON.parse(answer).status === 1;
  } catch {
    return false;
  }
}
