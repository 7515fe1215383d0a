import {isUtf8} from 'node:buffer';
import {reasonOf} from '../../errors.ts';
import {kindNames} from '../kinds.ts';
import type {KnownBodies, ReportKey} from '../store/pieces.ts';
import {BadLine} from './bad-line.ts';
import {fieldsOf, headingOf} from './check.ts';
import {splitLines} from './read-lines.ts';

/** Bytes of a line, of which a store may hold as long a report: a part is not told how large they could be. */
const mostOfLine = 512 * 1024 * 1024;

/** How the line of a report begins: none else is looked at. */
const start = Buffer.from('{"kind":"report"');

type Line = {readonly bytes: Buffer; readonly isEnded: boolean};

/** A report as a part has it. */
interface Had extends ReportKey {
  readonly body: string;
}

/**
 * The bodies of what an interrupted export has written, in its order: it is read once, beside the store, and of either never more than
 * a report is held. Nothing else of it counts. A body is that of a report by its number, time, cluster and name; what does
 * not agree, or is not written as an export is, is as if it were not there.
 */
export class Part implements KnownBodies {
  readonly #lines: AsyncIterator<Line>;
  /** The next report that it has. */
  #next: Had | undefined;
  #isSpent = false;
  /** Reports that were asked for. */
  asked = 0;
  /** Those of them that it had. */
  taken = 0;

  private constructor(lines: AsyncIterator<Line>) {
    this.#lines = lines;
  }

  /**
   * @param by the version whose export it has to be: another one may write a body in another way
   * @throws {BadLine} that says what it is, if it is no part of such an export
   */
  static async of(chunks: AsyncIterable<Uint8Array>, by: string): Promise<Part> {
    const lines = splitLines(chunks, mostOfLine)[Symbol.asyncIterator]();
    const {value: first} = await lines.next();
    if (!first?.isEnded) throw new BadLine('has no first line');
    if (headingOf(fieldsOf(first.bytes.toString())).by !== by)
      throw new BadLine('is of another version of this program');
    return new Part(lines);
  }

  get isSpent(): boolean {
    return this.#isSpent;
  }

  async take(
    report: ReportKey,
    order: (a: ReportKey, b: ReportKey) => number,
    isIts: (body: string) => boolean = () => true,
  ): Promise<string | undefined> {
    this.asked++;
    const isBefore = (had: Had) => (kindAt(had) - kindAt(report) || order(had, report)) < 0;
    while (!this.#isSpent && (!this.#next || isBefore(this.#next))) await this.#read();
    const had = this.#next;
    if (this.#isSpent || !had || !isSame(had, report)) return undefined;
    this.#next = undefined;
    if (!isIts(had.body)) return undefined;
    this.taken++;
    return had.body;
  }

  /** Goes on to the next report. Behind a line that is none of an export everything may be. */
  async #read(): Promise<void> {
    this.#next = undefined;
    try {
      while (!this.#next) {
        const {value: line} = await this.#lines.next();
        // Cut off, or the empty one behind the last.
        if (!line?.isEnded) break;
        if (line.bytes.subarray(0, start.length).equals(start)) this.#next = hadOf(line.bytes);
      }
    } catch (error) {
      // What can't be read is not at hand either.
      if (!(error instanceof BadLine)) reasonOf(error);
      this.#next = undefined;
    }
    this.#isSpent = this.#next === undefined;
  }
}

function kindAt({of}: ReportKey): number {
  return kindNames.indexOf(of ?? 'spartakus');
}

function isSame(a: ReportKey, b: ReportKey): boolean {
  return (['of', 'number', 'received', 'cluster', 'once'] as const).every((name) => a[name] === b[name]);
}

/** @throws {BadLine} if it is not a report */
function hadOf(line: Buffer): Had {
  if (!isUtf8(line)) throw new BadLine('is not UTF-8');
  const fields = fieldsOf(line.toString());
  const {of, number, received, cluster, once, body} = fields;
  const isReport =
    (of === undefined || of === 'hodometer') &&
    Number.isSafeInteger(number) &&
    Number.isSafeInteger(received) &&
    typeof cluster === 'string' &&
    (once === undefined || typeof once === 'string') &&
    typeof body === 'string';
  if (!isReport) throw new BadLine('is not a report');
  return fields as unknown as Had;
}
