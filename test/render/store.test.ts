import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {renderContents} from '../../src/render/store.ts';

const time = Date.UTC(2026, 10, 22, 10);
const kept = {reports: 1, clusters: 2, clusterDays: 3, oldest: time, newest: time};

test('what a store holds, with a line for Hodometer once something of it came', () => {
  const span = 'received from 2026-11-22 10:00:00 to 2026-11-22 10:00:00 UTC; 2 clusters, 3 daily rows.';
  assert.is(renderContents('a.db', {schema: 8, ...kept}), `a.db is sound (schema 8).\nIt holds 1 report, ${span}`);
  assert.match(renderContents('a.db', {schema: 8, ...kept, hodometer: kept}), `\nOf Hodometer, 1 event, ${span}`);
});

test('of a queue how many wait for whom', () => {
  const relay = [
    {sink: 'https://a.example/api/v1', waiting: 0},
    {sink: 'stdout', waiting: 1},
  ];
  assert.is(
    renderContents('q.db', {schema: 12, relay, ...kept}),
    'q.db is sound (schema 12). It is the queue of a collector that only passes on, and keeps nothing else.\nhttps://a.example/api/v1: 0 reports wait.\nstdout: 1 report waits.',
  );
});

test.run();
