import {spawnSync} from 'node:child_process';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {checkReport} from '../../src/report/index.ts';

test('the made-up clusters are valid, varied and always the same', () => {
  const clusters = Array.from({length: 50}, (_, i) => exampleCluster(i, 1_790_000_000));
  for (const cluster of clusters) assert.equal(checkReport(cluster).problems, undefined);
  assert.equal(clusters[7], exampleCluster(7, 1_790_000_000));
  assert.is(new Set(clusters.map(({clusterID}) => clusterID)).size, 50);
  assert.ok(new Set(clusters.map(({masterVersion}) => masterVersion)).size > 3);
  assert.ok(new Set(clusters.map(({nodes}) => nodes!.length)).size > 4);
});

test('the collector of the demo takes them, prints what they add up to, and ends', () => {
  const story = `const {startDemoCollector} = await import('./examples/collector.ts');
    const collector = await startDemoCollector();
    await collector.sendExamples(30);
    await collector.printStatistics(30);
    await collector.stop();`;
  const {stdout, stderr, status} = spawnSync(process.execPath, ['--input-type=module', '-e', story], {
    encoding: 'utf8',
  });
  assert.is(status, 0, stderr);
  assert.match(stdout, /^ {2}clusters +30$/m);
  // Each demo has a store of its own.
  assert.match(stderr, /^\S+ There was no store: a new, empty one was made, \S+\n$/);
});

test.run();
