import {isIP} from 'node:net';

/**
 * Which version of IP an address is of, with a zone or without; 0, if it is a name. For most names Node is not asked: at
 * its first question it makes a regular expression for IPv6 that takes longer than the start of a small command's own code.
 */
export function ipVersion(host: string): number {
  return /^[\da-f.:]+(%|$)/i.test(host) ? isIP(host) : 0;
}
