import {isUtf8} from 'node:buffer';
import {clean} from '../foreign.ts';
import {screen} from './screen.ts';

/** The value of a JSON text that anybody may have sent, or why there is none, fit to be shown. */
export type Parsed = {readonly value: unknown; readonly fault?: undefined} | {readonly fault: string};

/** Parses what is worth parsing: UTF-8 that is not made to take memory (screen.ts). */
export function parseJson(text: Buffer): Parsed {
  try {
    if (!isUtf8(text)) return {fault: 'it is not UTF-8'};
    const reason = screen(text);
    return reason ? {fault: reason} : {value: JSON.parse(text.toString('utf8'))};
  } catch (error) {
    return {fault: clean((error as Error).message, 200)};
  }
}
