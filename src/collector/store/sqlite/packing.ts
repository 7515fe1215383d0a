import type {DatabaseSync} from 'node:sqlite';
import {constants, zstdCompressSync, zstdDecompressSync} from 'node:zlib';
import {reasonOf} from '../../../errors.ts';
import {StoreTrouble, unlessTrouble} from '../trouble.ts';

/**
 * Reports are stored as text, which is all that an answer waits for; later, a few at a time, each is packed on the spot. A
 * packed body is a blob: one byte that says how it is packed, then what it is packed to.
 */

/** A frame of zstd (RFC 8878) with a checksum: a page with another content does not go unseen. */
const zstd = 1;
/** Twice the largest body that a collector takes: a file that somebody else wrote may unpack to anything. */
const mostBytes = 512 * 1024 * 1024;
/** Characters that one step packs, beyond its first report. */
const mostAtOnce = 512 * 1024;

const options = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 3,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** A body as it is kept: packed, unless that gains nothing. */
export function packed(body: string): string | Uint8Array {
  const frame = zstdCompressSync(body, options);
  return frame.length + 1 < Buffer.byteLength(body) ? Buffer.concat([Buffer.of(zstd), frame]) : body;
}

/** The very text of a body that is kept. @throws {StoreTrouble} if it is not what was stored: where a row is damaged it can be anything */
export function unpacked(body: unknown): string {
  if (typeof body === 'string') return body;
  if (!(body instanceof Uint8Array) || body[0] !== zstd) throw new StoreTrouble('a report is packed in an unknown way');
  try {
    return zstdDecompressSync(body.subarray(1), {maxOutputLength: mostBytes}).toString('utf8');
  } catch (error) {
    throw new StoreTrouble(`a report is damaged (${reasonOf(error)})`, {cause: error});
  }
}

/** The same; undefined if it is not what was stored. */
export function unpackedIfSound(body: unknown): string | undefined {
  try {
    return unpacked(body);
  } catch (error) {
    return unlessTrouble(error);
  }
}

/**
 * A function that packs the next reports in the order of their numbers, so many at most, within the caller's transaction.
 *
 * @returns false: none is left
 */
export function packing(database: DatabaseSync): (most: number) => boolean {
  const next = database.prepare(
    'SELECT id, received, cluster, body, marked FROM report WHERE id > (SELECT last FROM packed) ORDER BY id LIMIT ?',
  );
  const remove = database.prepare('DELETE FROM report WHERE id = ?');
  const insert = database.prepare('INSERT INTO report (id, received, cluster, body, marked) VALUES (?, ?, ?, ?, ?)');
  const reached = database.prepare('UPDATE packed SET last = ?');
  return (most) => {
    const rows: Row[] = [];
    let size = 0;
    for (const row of next.iterate(most) as Iterable<Row>) {
      rows.push(row);
      if (typeof row.body === 'string') size += row.body.length;
      if (size > mostAtOnce) break;
    }
    for (const {id, received, cluster, body, marked} of rows) {
      if (typeof body !== 'string') continue;
      const smaller = packed(body);
      if (smaller === body) continue;
      // SQLite joins pages that have become empty when a row is removed, and not when one is changed.
      remove.run(id);
      insert.run(id, received, cluster, smaller, marked);
    }
    if (rows.length > 0) reached.run(rows.at(-1)!.id);
    return rows.length > 0;
  };
}

interface Row {
  readonly id: number;
  readonly received: number;
  readonly cluster: number;
  /** A text or a frame; where the row is damaged, anything. */
  readonly body: unknown;
  readonly marked: number;
}
