/** One block of a PEM text. */
export interface PemBlock {
  /** What stands behind BEGIN: `CERTIFICATE`, `RSA PRIVATE KEY`, … */
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/**
 * The blocks of a PEM text, as Go's encoding/pem reads it (and so kubectl): text around them counts for nothing, nor do
 * blank lines and spaces inside; a block that is broken is passed over.
 */
export function pemBlocks(text: string): PemBlock[] {
  const lines = text.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''));
  const found: PemBlock[] = [];
  let begin = -1;
  lines.forEach((line, at) => {
    if (line.startsWith('-----BEGIN ')) begin = at;
    if (!line.startsWith('-----END ') || begin < 0) return;
    const block = blockOf(lines.slice(begin, at + 1));
    if (block) found.push(block);
    begin = -1;
  });
  return found;
}

function blockOf(lines: readonly string[]): PemBlock | undefined {
  const type = /^-----BEGIN (.*)-----$/.exec(lines[0]!)?.[1];
  if (type === undefined || lines.at(-1) !== `-----END ${type}-----`) return undefined;
  const body = lines.slice(1, -1);
  const headers: Record<string, string> = {};
  while (body[0]?.includes(':')) {
    const [name, value] = body.shift()!.split(/:(.*)/s) as [string, string];
    headers[name.trim()] = value.trim();
  }
  const base64 = body.join('').replace(/[ \t\r]/g, '');
  // With its padding and nothing else, as Go's base64.StdEncoding wants it.
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
  return {type, headers, bytes: Buffer.from(base64, 'base64')};
}

/** A block as the strictest reader takes it. */
export function pemOf(type: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${type}-----\n${lines.join('\n')}\n-----END ${type}-----\n`;
}
