import {createHmac} from 'node:crypto';
import type {Sender} from './client-address.ts';

/** The number of what belongs to no network: its new clusters are not counted. */
export const noNetwork = 0;

const mostKnown = 4096;

/**
 * Numbers networks by a keyed hash, so that threads can count by them and nobody can tell them: 1 to 2^48 - 1. A network
 * is an IPv4 address (neighbours in a /24 are strangers, and addresses are dear enough) or an IPv6 /48. An address that
 * many share is none.
 *
 * @param secret known to the threads of this process alone
 */
export function networkNumbers(secret: Uint8Array): (sender: Sender) => number {
  const known = new Map<string, number>();
  return ({network, isShared}) => {
    if (isShared || network === '') return noNetwork;
    let number = known.get(network);
    if (number === undefined) {
      number = createHmac('sha256', secret).update(network).digest().readUIntBE(0, 6) || 1;
      if (known.size >= mostKnown) known.clear();
      known.set(network, number);
    }
    return number;
  };
}
