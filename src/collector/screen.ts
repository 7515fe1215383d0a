/** Bodies up to this many bytes are parsed as they are: whatever is in them, parsing them costs little. */
const harmless = 64 * 1024;
/** A report is five levels deep; what is deeper than this is none. */
const deepest = 16;
/** The shortest list item that checks, `{"id":"x"},`, has more bytes than this. */
const bytesAnObject = 8;

/**
 * Why a large JSON text must not be parsed; undefined if it may be. Sixteen megabytes of `[[],[],…` or `[[[[…` become
 * hundreds of megabytes of objects; a report of that size does not.
 */
export function screen(json: Uint8Array): string | undefined {
  if (json.length <= harmless) return undefined;
  const most = json.length / bytesAnObject;
  let depth = 0;
  let openers = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) {
      inString = true;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) return `it is more than ${deepest} levels deep`;
      if (++openers > most) return 'it holds more objects than a report of its size can';
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    }
  }
  return undefined;
}
