import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {renderServing} from '../../src/render/serve.ts';

const at = {reportsUrl: 'http://m:80', dashboardUrl: 'http://127.0.0.1:9090/', storePath: '/s.db'};

test('one thing a line', () => {
  const text = renderServing({...at, everyAddress: false, passesOnly: false, sinks: []});
  assert.is(
    text,
    'Reports:   http://m:80/api/v1\nHodometer: http://m:80/track\nDashboard: http://127.0.0.1:9090/\nStore:     /s.db',
  );
});

test('every address is told', () =>
  assert.match(renderServing({...at, everyAddress: true, passesOnly: false, sinks: []}), /every address/));

test('a collector that only passes on says so, and where', () => {
  const text = renderServing({
    ...at,
    everyAddress: false,
    passesOnly: true,
    sinks: ['https://a.example/api/v1', 'stdout'],
  });
  assert.match(
    text,
    /\nQueue: +\/s\.db\nPasses on: https:\/\/a\.example\/api\/v1\nPasses on: stdout\nIt keeps nothing/,
  );
});

test.run();
