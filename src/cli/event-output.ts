import type {HodometerEvent} from '../operations/hodometer.ts';
import {encodeEvent} from '../report/hodometer/event.ts';
import {warn} from './print.ts';
import {type Writing, writeDocument} from './report-output.ts';

/** Writes the event that Hodometer sends; what it does not tell is null there, and said. */
export function writeEvent(writing: Writing, {event, state}: HodometerEvent): void {
  writeDocument(writing, [encodeEvent(event, writing.pretty ? 2 : undefined)]);
  const unknown = event.filter(({value}) => value === undefined).map(({name, source}) => `${name} (${source})`);
  if (unknown.length > 0) warn(`null is what can't be known from outside: ${unknown.join(', ')}.`);
  warn('The counts are an estimate from the custom resources: Hodometer asks its scheduler.');
  if (state === 'stopped') warn('No pod of it runs: this is what it would send.');
}
