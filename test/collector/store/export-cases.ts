import type {Test} from 'uvu';
import * as assert from 'uvu/assert';
import {exportLines} from '../../../src/collector/move/export.ts';
import {Part} from '../../../src/collector/move/part.ts';
import type {Store} from '../../../src/collector/store/contract.ts';
import {acceptedOn, eventOn, millisecondsADay, type Opened, sealChanged, today} from './suite.ts';

const heading = {id: '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10', made: '2026-11-22', by: '0'};

/** The lines of an export that goes on with the lines of a part, and how many reports it took of it. */
export async function goneOn(store: Store, lines: readonly string[]): Promise<{lines: string[]; taken: number}> {
  const part = await Part.of(chunksOf(lines), heading.by);
  const all: string[] = [];
  for await (const line of exportLines(store, heading, () => {}, part)) all.push(line.trimEnd());
  return {lines: all, taken: part.taken};
}

async function* chunksOf(lines: readonly string[]) {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

export async function exported(store: Store): Promise<string[]> {
  const all: string[] = [];
  for await (const line of exportLines(store, heading)) all.push(line.trimEnd());
  return all;
}

export const reportsIn = (lines: readonly string[]) => lines.filter((line) => JSON.parse(line).kind === 'report');

/** What every engine does with what an interrupted export has written. */
export function exportCases(test: Test, full: () => Promise<Opened>): void {
  test('an export goes on wherever one was interrupted, and reads no report that it had', async () => {
    const {store} = await full();
    const lines = await exported(store);
    for (let had = 1; had <= lines.length; had++) {
      const part = lines.slice(0, had);
      if (had > 1 && had < lines.length && reportsIn(lines.slice(had - 1, had)).length === 0) continue;
      assert.equal(await goneOn(store, part), {lines, taken: reportsIn(part).length}, `${had}`);
    }
  });

  test('what was forgotten, dated anew, erased and stored since is in it as in one from nothing', async () => {
    const opened = await full();
    const {store, writer} = opened;
    const forgotten = acceptedOn(today, 1).cluster;
    const change = [
      async () => void (await writer.append([acceptedOn(today - 3, 12), acceptedOn(today, 1), eventOn(today - 2, 4)])),
      async () => void (await writer.redate({id: 2, shift: millisecondsADay}, 1)),
      async () => void (await writer.forget(forgotten, today)),
      async () => void (await writer.redate({id: 2, shift: millisecondsADay}, 100)),
      async () => void (await writer.discard({received: (today - 2) * millisecondsADay, day: today - 299}, 1000)),
      async () => sealChanged(opened),
    ];
    for (const act of change) {
      const part = await exported(store);
      await act();
      const lines = await exported(store);
      const stayed = new Set(reportsIn(lines).map(keyOf));
      const same = reportsIn(part).filter((line) => stayed.has(keyOf(line)));
      assert.equal(await goneOn(store, part), {lines, taken: same.length});
    }
    assert.not((await exported(store)).some((line) => line.includes(forgotten)));
  });

  test('what is none of an export’s lines, or of another store, is as if it were not there', async () => {
    const [{store}, other] = [await full(), await full()];
    await other.writer.forget(acceptedOn(today, 2).cluster, today);
    const lines = await exported(store);
    const at = lines.findIndex((line) => JSON.parse(line).kind === 'report');
    const first = lines[at]!;
    const without = reportsIn(lines).length - 1;
    for (const [wrong, taken] of [
      ['', without],
      ['{', without],
      ['\0\0\0', without],
      // Behind a report that is none everything may be.
      [first.slice(0, 100), 1],
      [first.replace('"body":"', '"body":"\0'), 1],
      [first.replace('"number":', '"number":"'), 1],
      [first.replace(/"body":".*"/, '"body":1'), 1],
    ] as const)
      assert.equal(await goneOn(store, lines.with(at + 1, wrong)), {lines, taken}, wrong);
    for (const [what, other] of [
      [/"number":\d+/, '"number":1000000'],
      [/"received":\d+/, '"received":5'],
      [/"cluster":"[^"]+"/, '"cluster":"x"'],
      [/"kind":"report"/, '"kind":"report","once":"x"'],
    ] as const) {
      const {lines: made, taken} = await goneOn(store, lines.with(at, first.replace(what, other)));
      assert.equal(made, lines);
      assert.ok(taken < reportsIn(lines).length);
    }
    // What was committed late, with a lower number.
    const some = lines.filter((line, i) => i % 2 > 0 || reportsIn([line]).length === 0);
    assert.equal(await goneOn(store, some), {lines, taken: reportsIn(some).length});
    assert.equal((await goneOn(store, lines.toReversed().toSpliced(0, 0, lines[0]!))).lines, lines);
    assert.equal((await goneOn(store, await exported(other.store))).lines, lines);
  });
}

/** What a report is known by. */
function keyOf(line: string): string {
  const {of, number, received, cluster, once} = JSON.parse(line);
  return JSON.stringify([of, number, received, cluster, once]);
}
