import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Arrived} from '../../src/collector/arrived.ts';
import {telling} from '../../src/collector/arrived.ts';
import {textWidth} from '../../src/host/text-width.ts';
import {renderArrived} from '../../src/render/arrived.ts';
import {meanings} from '../../src/report/hodometer/meanings.ts';
import {properties} from '../../src/report/hodometer/properties.ts';
import {eventOf} from '../collector/hodometer/event.ts';
import {acceptedOn, eventOn, today} from '../collector/store/suite.ts';

const shown = (change: Record<string, unknown>, width = 100) =>
  renderArrived(
    [eventOn(today, 1, (eventOf(1, change) as {properties: Record<string, unknown>}).properties)],
    0,
    width,
  );

test('each property has a meaning, and nothing else has one', () =>
  assert.equal(
    Object.keys(meanings),
    properties.map(({name}) => name),
  ));

test('an event is told property by property, with its exact values', () => {
  const text = shown({model_count: 1234, server_memory_gb_sum: 4.294967296}, 200);
  assert.match(text, /^2026-11-22 00:00:01 UTC {2}an event of Hodometer, cluster 0{8}-0000-4000-8000-0{11}1\n/);
  assert.match(text, /^ {2}model_count +1234 +models that are not deleted$/m);
  assert.match(text, /^ {2}server_memory_gb_sum +4\.294967296 +memory/m);
  assert.match(text, /^ {2}pipeline_count +0 +pipelines .* \(or not collected\)$/m);
  assert.match(text, /^ {2}gpu_enabled_count +0 +never set: always 0$/m);
  assert.match(text, /^ {2}collector_git_commit +\(empty\) /m);
  for (const {name} of properties) assert.match(text, new RegExp(`^ {2}${name} `, 'm'));
});

for (const width of [40, 60, 80, 120]) {
  test(`in ${width} columns nothing but an ID is wider`, () => {
    const wide = shown({kubernetes_version: 'v1.31.4-eks-2d5f260'}, width).split('\n').slice(1);
    for (const line of wide.filter((line) => !/cluster_id/.test(line)))
      assert.ok(textWidth(line) <= Math.max(width, 49), line);
  });
}

test('a report is told in a sentence', () =>
  assert.match(
    renderArrived([acceptedOn(today, 1)], 0, 200),
    /^2026-11-22 00:00:01 UTC {2}a report of the cluster \S+: 2 nodes, Kubernetes 1\.\d+, Seldon Core \S+\n$/,
  ));

test('a flood is told in part, and counted', () => {
  const told: [number, number][] = [];
  const {see, tick} = telling((arrived: readonly Arrived[], more) => told.push([arrived.length, more]));
  see([acceptedOn(today, 1)]);
  see(Array.from({length: 100}, (_, i) => eventOn(today, i)));
  see([acceptedOn(today, 1)]);
  tick();
  tick();
  see([acceptedOn(today, 1)]);
  assert.equal(told, [
    [1, 0],
    [19, 0],
    [0, 82],
    [1, 0],
  ]);
  assert.is(renderArrived([], 82, 80), '… and 82 more in this second.\n');
});

test.run();
