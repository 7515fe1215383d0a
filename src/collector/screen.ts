import {randomInt} from 'node:crypto';

/** Bodies up to this many bytes are parsed as they are: whatever is in them, parsing them costs little. */
const harmless = 16 * 1024;
/** A report is five levels deep; what is deeper than this is none. */
const deepest = 16;
/** The shortest list item that checks, `{"id":"x"},`, has more bytes than this. */
const bytesAnObject = 8;
/** Bytes of a string: 8192 characters are the longest field's, and an escaped one takes six bytes. */
const longestString = 64 * 1024;
const longestKey = 256;
/** Keys of an object, and names of keys in the whole text: a report has two dozen, a newer one perhaps some more. */
const mostKeys = 64;
const mostNames = 1000;
/** Items of a list of the report itself, as the field table says, and of a list further inside. */
const mostItems = 200_000;
const mostInnerItems = 1024;
/** Items of all lists that are no objects: reports have none. */
const mostPlainItems = 10_000;

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openObject, closeObject, openList, closeList] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Names are told apart by a hash that nobody can make names for: it is another one in every thread. */
const multiplier = randomInt(2 ** 31) * 2 + 1;

/** Depth of the lists of the report itself: `{"nodes":[`. */
const outerList = 2;

/**
 * Why a large JSON text must not be parsed; undefined if it may be. Sixteen megabytes of `[[],[],…`, of `[[[[…` or of keys
 * that are all different become hundreds of megabytes of objects, and take seconds; a report of that size does not. The
 * text is gone through once and nothing is kept of it. It need not be JSON: that is the parser's matter.
 */
export function screen(json: Uint8Array): string | undefined {
  if (json.length <= harmless) return undefined;
  const mostObjects = json.length / bytesAnObject;
  /** By depth: what is open, and how many commas it has had. */
  const isObject = new Uint8Array(deepest + 1);
  const commas = new Uint32Array(deepest + 1);
  const names = new Names();
  let depth = 0;
  let openers = 0;
  let plainItems = 0;
  /** Whether the next string is a key, and whether the item before a comma was an object or a list. */
  let isKey = false;
  let wasClosed = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === quote) {
      const start = i + 1;
      let hash = 1;
      for (i++; i < json.length && json[i] !== quote; i++) {
        if (isKey) hash = Math.imul(hash ^ json[i]!, multiplier);
        if (json[i] === backslash) i++;
      }
      if (i - start > longestString) return 'it holds a string that is longer than any of a report';
      if (isKey && i - start > longestKey) return 'it holds a name that is longer than any of a report';
      if (isKey && !names.add(hash)) return 'it holds more names than a report has';
      isKey = false;
      wasClosed = false;
    } else if (byte === openObject || byte === openList) {
      if (++depth > deepest) return `it is more than ${deepest} levels deep`;
      if (++openers > mostObjects) return 'it holds more objects than a report of its size can';
      isObject[depth] = Number(byte === openObject);
      commas[depth] = 0;
      isKey = byte === openObject;
      wasClosed = false;
    } else if (byte === closeObject || byte === closeList) {
      if (depth > 0) depth--;
      isKey = false;
      wasClosed = true;
    } else if (byte === comma) {
      const count = ++commas[depth]!;
      isKey = isObject[depth] === 1;
      if (isKey) {
        if (count >= mostKeys) return `it holds an object of more than ${mostKeys} fields`;
      } else if (count >= (depth <= outerList ? mostItems : mostInnerItems)) {
        return 'it holds a list that is longer than any of a report';
      } else if (!wasClosed && ++plainItems > mostPlainItems) {
        return 'it holds more plain items than a report has';
      }
      wasClosed = false;
    }
  }
  return undefined;
}

/** The different hashes seen, up to a number of them. Two names of one hash count once. */
class Names {
  readonly #slots = new Int32Array(4096);
  #size = 0;

  /** Whether there was room for it. */
  add(hash: number): boolean {
    const slots = this.#slots;
    // 0 marks a free slot.
    const value = hash || 1;
    let at = Math.imul(value, 0x9e3779b1) >>> 20;
    while (slots[at] !== 0) {
      if (slots[at] === value) return true;
      at = (at + 1) & 4095;
    }
    slots[at] = value;
    return ++this.#size <= mostNames;
  }
}
