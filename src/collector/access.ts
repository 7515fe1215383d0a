import {createHash, timingSafeEqual} from 'node:crypto';
import type {IncomingMessage} from 'node:http';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Judged, notOwn, readJudged} from '../host/whose-file.ts';
import {type Address, isLoopback} from './address.ts';

/** Fewer characters can be guessed. */
const shortestToken = 16;

/**
 * The token in a file, without the white space around it.
 *
 * @param admits whoever has it is let in by it, so that nobody else may have written it
 * @throws {UserError} input, if it can't be read, is too short or not the user's own
 */
export function readToken(path: string, admits = false): string {
  let read: Judged;
  try {
    read = readJudged(path);
  } catch (error) {
    throw new UserError('input', `The token file ${clean(path)} can't be read (${systemCode(error) ?? 'unknown'}).`, {
      cause: error,
    });
  }
  if (admits && read.others !== undefined) throw notOwn(path, read.others, 'input', 'No collector was started.');
  const token = read.text.trim();
  if (token.length >= shortestToken && !/\s/.test(token)) return token;
  throw new UserError(
    'input',
    `The token in ${clean(path)} must be ${shortestToken} characters or more, on one line.`,
    {
      suggestions: ['Make one: head -c 32 /dev/urandom | base64'],
    },
  );
}

/** Whether a request may see the statistics; else why not. */
export type Access = 'allowed' | 'wrong-host' | 'no-token';

/**
 * Decides for the private listener. With a token: whoever has it, as Bearer or as the password of Basic, which browsers
 * ask for. Without one it listens on loopback only, and a page of another origin must not get at it through a name that
 * was bent to 127.0.0.1: the host that was asked for must be this machine's.
 */
export function accessCheck(address: Address, token: string | undefined): (request: IncomingMessage) => Access {
  if (token !== undefined) {
    const expected = digest(token);
    return ({headers}) =>
      timingSafeEqual(digest(tokenOf(headers.authorization) ?? ''), expected) ? 'allowed' : 'no-token';
  }
  return ({headers}) => {
    const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    return isLoopback({host, port: 0}) || host === address.host ? 'allowed' : 'wrong-host';
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function tokenOf(header: string | undefined): string | undefined {
  const [, scheme, value = ''] = /^(Bearer|Basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme?.toLowerCase() === 'bearer') return value;
  if (scheme === undefined) return undefined;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
