import {isObject} from '../../foreign.ts';
import {isUuid} from '../../host/uuid.ts';
import {eventName, type Property, properties} from '../../report/hodometer/properties.ts';
import {clusterKey} from '../cluster-key.ts';
import {parseJson} from '../parse-json.ts';
import type {Accepted} from '../store/contract.ts';
import {eventFacts, type StoredEvent} from './facts.ts';

/** An event on its way to the store, or why it can't go there: a reason to count by and a message for the sender. */
export type JudgedEvent =
  | {readonly accepted: Accepted; readonly droppedFields: number}
  | {
      readonly accepted?: undefined;
      readonly reason: 'event-not-base64' | 'event-not-json' | 'not-an-event';
      readonly message: string;
    };

/** What the client library adds to every event. None of it is kept but `$insert_id`, by which an event is stored once. */
const envelope: ReadonlySet<string> = new Set(['token', 'distinct_id', '$insert_id', 'time', 'ip']);

/** Characters of a text; an image tag, the longest of them, has 128 at most. */
const longestText = 256;
const text = /^[\x20-\x7e]*$/;
const insertID = /^[\x21-\x7e]{1,64}$/;

/** An event that is none; its message is for the sender. */
class NoEvent extends Error {}

/**
 * Judges an event of Hodometer: what is stored are the properties of the levels, encoded anew, and nothing else.
 *
 * @param received the server's own time, milliseconds
 */
export function acceptEvent(json: Buffer, received: number): JudgedEvent {
  const parsed = parseJson(json);
  if (parsed.fault !== undefined) return {reason: 'event-not-json', message: `the event is not JSON: ${parsed.fault}`};
  try {
    return judge(parsed.value, received);
  } catch (error) {
    if (!(error instanceof NoEvent)) throw error;
    return {reason: 'not-an-event', message: error.message};
  }
}

function judge(value: unknown, received: number): JudgedEvent {
  if (!isObject(value)) throw new NoEvent('the event must be a JSON object');
  if (own(value, 'event') !== eventName) throw new NoEvent(`the event must be ${JSON.stringify(eventName)}`);
  const given = own(value, 'properties');
  if (!isObject(given)) throw new NoEvent('properties must be a JSON object');
  const kept: Record<string, string | number> = {};
  for (const property of properties) {
    const one = own(given, property.name);
    if (one === undefined) continue;
    checkValue(property, one);
    kept[property.name] = one as string | number;
  }
  const cluster = clusterKey(String(kept.cluster_id ?? ''));
  if (!isUuid(cluster)) throw new NoEvent('properties.cluster_id must be a UUID');
  kept.cluster_id = cluster;
  const once = own(given, '$insert_id');
  if (once !== undefined && !(typeof once === 'string' && insertID.test(once)))
    throw new NoEvent('properties.$insert_id must be a text of 64 characters at most');
  const unknown = Object.keys(given).filter((name) => !envelope.has(name) && !Object.hasOwn(kept, name));
  const event: StoredEvent = kept;
  return {
    accepted: {
      kind: 'hodometer',
      cluster,
      received,
      body: JSON.stringify(event),
      facts: eventFacts(event),
      ...(once === undefined ? {} : {once}),
    },
    droppedFields: unknown.length,
  };
}

function checkValue({name, type}: Property, value: unknown): void {
  if (type === 'text') {
    if (typeof value !== 'string') throw new NoEvent(`properties.${name} must be a text`);
    if (value.length > longestText) throw new NoEvent(`properties.${name} must have ${longestText} characters at most`);
    if (!text.test(value)) throw new NoEvent(`properties.${name} must be printable ASCII`);
  } else if (type === 'unsigned') {
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new NoEvent(`properties.${name} must be a whole number from 0`);
  } else if (!Number.isFinite(value) || (value as number) < 0) {
    throw new NoEvent(`properties.${name} must be a number from 0`);
  }
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}
