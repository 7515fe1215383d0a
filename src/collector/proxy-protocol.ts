/**
 * The PROXY protocol, versions 1 and 2 (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt): what a proxy sends
 * before the first byte of its client. Only for connections from trusted proxies: anybody else could claim any address.
 */

/**
 * What the first bytes of a connection are. `length` is that of the header; without `address` the proxy speaks for
 * itself (LOCAL, UNKNOWN) or for something that has no address.
 */
export type ProxyHeader =
  | {readonly is: 'header'; readonly length: number; readonly address?: string | undefined}
  | {readonly is: 'none' | 'incomplete' | 'wrong'};

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const first = Buffer.from('PROXY ', 'latin1');
/** Bytes of the longest header of version 1, its line end included (section 2.1). */
const longestLine = 107;
/** Bytes after the fixed part of version 2 that are waited for: addresses take 36, and what may follow is short. */
const longestRest = 4096;

/** What a connection begins with: a header of the PROXY protocol, a part of one, or none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (beginsLike(bytes, signature)) return bytes.length < 16 ? {is: 'incomplete'} : readBinary(bytes);
  if (beginsLike(bytes, first)) return bytes.length < first.length ? {is: 'incomplete'} : readLine(bytes);
  return {is: 'none'};
}

/** Whether the bytes begin with the mark, or are its beginning. */
function beginsLike(bytes: Buffer, mark: Buffer): boolean {
  const length = Math.min(bytes.length, mark.length);
  return bytes.compare(mark, 0, length, 0, length) === 0;
}

function readLine(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, longestLine).indexOf('\r\n');
  if (end < 0) return {is: bytes.length >= longestLine ? 'wrong' : 'incomplete'};
  const line = bytes.toString('latin1', 0, end);
  const length = end + 2;
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return {is: 'header', length};
  const address = /^PROXY TCP[46] ([0-9A-Fa-f:.]{2,45}) [0-9A-Fa-f:.]{2,45} \d{1,5} \d{1,5}$/.exec(line)?.[1];
  return address === undefined ? {is: 'wrong'} : {is: 'header', length, address};
}

function readBinary(bytes: Buffer): ProxyHeader {
  const [versionAndCommand, familyAndProtocol] = [bytes[12]!, bytes[13]!];
  const rest = bytes.readUInt16BE(14);
  const command = versionAndCommand & 0x0f;
  if (versionAndCommand >> 4 !== 2 || command > 1 || rest > longestRest) return {is: 'wrong'};
  const length = 16 + rest;
  if (bytes.length < length) return {is: 'incomplete'};
  const family = familyAndProtocol >> 4;
  if (command === 0 || family === 0 || family === 3) return {is: 'header', length};
  if (family === 1 && rest >= 12) return {is: 'header', length, address: bytes.subarray(16, 20).join('.')};
  if (family === 2 && rest >= 36) return {is: 'header', length, address: textOf(bytes.subarray(16, 32))};
  return {is: 'wrong'};
}

function textOf(bytes: Buffer): string {
  return Array.from({length: 8}, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(':');
}
