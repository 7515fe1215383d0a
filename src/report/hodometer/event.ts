import {eventName, type Level, levels, properties} from './properties.ts';

/** What is known of the cluster and of a Hodometer in it. */
export interface EventFacts {
  /** What its variable says; absent: it is not known, and all is shown. */
  readonly level?: Level;
  /** By the name of the property: a value, or why it is not known. */
  readonly known: Readonly<Record<string, Fact | undefined>>;
  /** UNIX time in seconds, as it would be if it were sent now. */
  readonly now: number;
}

/** A value and where it comes from; without a value, why it is not known. */
export interface Fact {
  readonly value?: string | number;
  readonly source: string;
}

/** A property as the event would have it; without a value, it can't be known from outside. */
export interface EventProperty extends Fact {
  readonly name: string;
}

/** The event that a Hodometer would send, property by property in its order. */
export function eventOf({level, known, now}: EventFacts): readonly EventProperty[] {
  const reached = (from: 'always' | Level) =>
    level === undefined || from === 'always' || levels.indexOf(from) <= levels.indexOf(level);
  const own = properties.map(({name, level: from, type, constant}): EventProperty => {
    if (constant !== undefined)
      return {
        name,
        value: constant,
        source: `always ${constant}: ${constant === 0 ? 'it is never set' : 'a constant, whatever is installed'}`,
      };
    if (!reached(from) && type !== 'text')
      return {name, value: 0, source: `0 since the level is ${level}: not collected`};
    return {name, ...(known[name] ?? {source: 'not known'})};
  });
  return [
    {name: 'token', source: 'a constant of 32 hexadecimal digits in its image'},
    {name: 'distinct_id', ...(known.cluster_id ?? {source: 'not known'})},
    {name: '$insert_id', source: 'nanoseconds since 1970, at the moment of sending'},
    {name: 'time', value: now, source: 'seconds since 1970, at the moment of sending: here now'},
    {name: 'ip', value: '0', source: 'always 0: the receiver takes it from the connection or not at all'},
    ...own,
  ];
}

/** The event as JSON, on one line or indented; null is what only Hodometer itself knows. */
export function encodeEvent(event: readonly EventProperty[], indent?: number): string {
  const values = event.map(({name, value}) => [name, value === undefined ? null : value] as const);
  return JSON.stringify({event: eventName, properties: Object.fromEntries(values)}, null, indent);
}
