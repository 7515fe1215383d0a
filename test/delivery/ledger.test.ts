import {appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type LedgerLine, ledgerPath, readLedger, writeLedger} from '../../src/delivery/ledger.ts';

function line(id: string): LedgerLine {
  return {
    id,
    time: '2026-01-02T03:04:05.000Z',
    outcome: 'delivered',
    destination: 'https://c.example/api/v1',
    clusterID: '846db7e9-c861-43d7-8d08-31578af59878',
    bytes: 3,
    sha256: 'ab',
    consent: '--yes',
  };
}

function inFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  try {
    work(folder);
  } finally {
    rmSync(folder, {recursive: true});
  }
}

test('no ledger is an empty one', () =>
  inFolder((folder) => assert.equal(readLedger(folder), {lines: [], unreadable: 0})));

test('lines come back as they were written, and only the owner can read them', () =>
  inFolder((folder) => {
    writeLedger(folder, line('a'));
    writeLedger(folder, line('b'));
    assert.equal(readLedger(folder), {lines: [line('a'), line('b')], unreadable: 0});
    assert.is(statSync(ledgerPath(folder)).mode & 0o777, 0o600);
    assert.is(readFileSync(ledgerPath(folder), 'utf8').split('\n').length, 3);
  }));

test('what a crash left of a line spoils no other', () =>
  inFolder((folder) => {
    writeLedger(folder, line('a'));
    appendFileSync(ledgerPath(folder), JSON.stringify(line('torn')).slice(0, 40));
    assert.equal(readLedger(folder), {lines: [line('a')], unreadable: 1});
    writeLedger(folder, line('b'));
    assert.equal(readLedger(folder), {lines: [line('a'), line('b')], unreadable: 1});
  }));

for (const text of ['null', '{}', '[]', '{"id":1,"outcome":"delivered"}', '\u0000\u0000', 'x'.repeat(100_000)]) {
  test(`a line that is none is counted: ${text.slice(0, 20)}`, () =>
    inFolder((folder) => {
      writeFileSync(ledgerPath(folder), `${text}\n`);
      assert.equal(readLedger(folder), {lines: [], unreadable: 1});
    }));
}

test.run();
