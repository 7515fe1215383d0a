import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {renderServing} from '../../src/render/serve.ts';

const at = {reportsUrl: 'http://m:80', dashboardUrl: 'http://127.0.0.1:9090/', storePath: '/s.db'};

test('one thing a line', () => {
  const text = renderServing({...at, everyAddress: false, sinks: []});
  assert.is(text, 'Reports:   http://m:80/api/v1\nDashboard: http://127.0.0.1:9090/\nStore:     /s.db');
});

test('every address is told', () =>
  assert.match(renderServing({...at, everyAddress: true, sinks: []}), /every address/));

test.run();
