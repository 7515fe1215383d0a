import {Chalk, type ChalkInstance} from 'chalk';
import {hasColours} from '../host/terminal.ts';

/** Colours for a stream, where it has any. */
export function colours(stream: {isTTY?: boolean}, env = process.env): ChalkInstance {
  return new Chalk({level: hasColours(stream, env) ? 1 : 0});
}
