import {createPrivateKey, X509Certificate} from 'node:crypto';
import {readFileSync, statSync} from 'node:fs';
import {createSecureContext} from 'node:tls';
import {BroadcastChannel} from 'node:worker_threads';
import {reasonOf, systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

/** A certificate with its chain, and its key; both PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** Paths of the two files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** Milliseconds between two looks at the files. */
const interval = 1000;

/**
 * Reads a certificate and its key.
 *
 * @throws {UserError} input, if they can't be read or do not belong together
 */
export function readPair(files: TlsFiles): TlsPair {
  const pair = {cert: readPem(files.cert), key: readPem(files.key)};
  try {
    createSecureContext(pair);
    // OpenSSL keeps a key of another type than the certificate's beside it, and would find no common cipher later.
    if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) throw new Error('they differ');
    return pair;
  } catch (error) {
    throw new UserError(
      'input',
      `${clean(files.cert)} and ${clean(files.key)} are not a pair of certificate and key.`,
      {
        suggestions: ['Both must be PEM; the certificate comes first in its chain; the key has no passphrase.'],
        cause: error,
      },
    );
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError('input', `${clean(path)} can't be read (${reasonOf(error)}).`, {
      cause: error,
    });
  }
}

/** Looks at the files from time to time, and when it is told to. */
export interface PairWatch {
  /** Reads them now and says what came of it. */
  reread(): void;
  stop(): void;
}

/**
 * Gives every new pair to the listeners that follow it. Files are looked at by what their names lead to: a Secret that is
 * mounted in a pod changes by the swap of a link in their path, which no watch of the files themselves sees.
 *
 * @param current the pair that the listeners have; an invalid new one leaves it to them
 * @param say is given lines for a log
 */
export function watchPair(files: TlsFiles, current: TlsPair, say: (line: string) => void): PairWatch {
  const channel = new BroadcastChannel(channelName);
  let pair = current;
  // Not what is there now: it may have changed since the pair was read.
  let seen = '';
  let refused: string | undefined;

  const look = (asked: boolean) => {
    const state = stateOf(files);
    const isSteady = state === seen;
    seen = state;
    // Two files can't be replaced at once: what does not fit yet gets another look before it is called invalid.
    if (!asked && isSteady && (refused === undefined || refused === state)) return;
    try {
      const found = readPair(files);
      refused = undefined;
      if (found.cert === pair.cert && found.key === pair.key) {
        if (asked) say('The certificate was read again: it is the same.');
        return;
      }
      pair = found;
      channel.postMessage(pair);
      const {validTo} = new X509Certificate(pair.cert);
      say(`New connections get the new certificate, which is valid until ${clean(validTo, 60)}.`);
    } catch (error) {
      if (!isSteady && !asked) {
        refused = 'not told';
        return;
      }
      refused = state;
      say(`The old certificate is kept: ${error instanceof UserError ? error.message : 'the new one is not valid.'}`);
    }
  };
  const timer = setInterval(look, interval, false);
  timer.unref();
  channel.unref();
  return {
    reread: () => look(true),
    stop() {
      clearInterval(timer);
      channel.close();
    },
  };
}

const channelName = 'seldon-usage certificate';

/** Has a listener, in whichever thread, take every new pair for its new connections. */
export function followPair(server: {
  setSecureContext(pair: TlsPair): void;
  once(event: 'close', then: () => void): unknown;
}): void {
  const channel = new BroadcastChannel(channelName);
  channel.onmessage = (message: unknown) => server.setSecureContext((message as {data: TlsPair}).data);
  channel.unref();
  server.once('close', () => channel.close());
}

/** What tells a file, and its content, from what was there before; also that it is not there. */
function stateOf({cert, key}: TlsFiles): string {
  const one = (path: string) => {
    try {
      const {dev, ino, size, mtimeNs, ctimeNs} = statSync(path, {bigint: true});
      return [dev, ino, size, mtimeNs, ctimeNs].join(':');
    } catch (error) {
      return systemCode(error) ?? 'unknown';
    }
  };
  return `${one(cert)} ${one(key)}`;
}
