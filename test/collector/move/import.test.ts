import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exportLines} from '../../../src/collector/move/export.ts';
import {importLines} from '../../../src/collector/move/import.ts';
import type {Store, Writer} from '../../../src/collector/store/contract.ts';
import type {Piece} from '../../../src/collector/store/pieces.ts';
import {UserError} from '../../../src/errors.ts';

const pieces: readonly Piece[] = [{kind: 'uncounted', day: 20_000}];
const storeOf = (all: readonly Piece[]) =>
  ({
    maintenance: {
      async *pieces() {
        yield* all;
      },
    },
  }) as unknown as Store;
const heading = {id: '846db7e9-c861-43d7-8d08-31578af59878', made: '2026-11-22T00:00:00.000Z', by: '0.1.0'};
const writerThat = (put: Writer['put']) => ({moved: async () => undefined, put}) as unknown as Writer;

test('a bug of the store is not told as a bad line', async () => {
  const bug = new TypeError('x is not a function');
  const writer = writerThat(async () => {
    throw bug;
  });
  const error = await importLines(storeOf([]), writer, exportLines(storeOf(pieces), heading)).catch((e: unknown) => e);
  assert.is(error, bug);
});

test('a bad line is told with its number', async () => {
  async function* lines() {
    for await (const line of exportLines(storeOf(pieces), heading)) yield line.replace('20000', '"x"').trimEnd();
  }
  const error = await importLines(
    storeOf([]),
    writerThat(async () => {}),
    lines(),
  ).catch((e: unknown) => e);
  assert.instance(error, UserError);
  assert.is((error as UserError).message, 'Line 2 has no whole number as day.');
});

test.run();
