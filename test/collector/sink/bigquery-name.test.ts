import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {bigqueryTable} from '../../../src/collector/sink/bigquery-name.ts';
import {sinkAddress, sinkAddresses} from '../../../src/collector/sink/sinks.ts';
import {UserError} from '../../../src/errors.ts';

for (const [name, project, dataset, table] of [
  ['project-1.usage.reports', 'project-1', 'usage', 'reports'],
  ['example.com:project-1.usage.reports-2026', 'example.com:project-1', 'usage', 'reports-2026'],
] as const)
  test(`${name} is a table`, () => assert.equal(bigqueryTable(name), {project, dataset, table}));

test('a sink is named with slashes, as by Spartakus, or without, and is one', () => {
  const name = 'bigquery:project-1.usage.reports';
  assert.equal(
    sinkAddresses([name, 'bigquery://project-1.usage.reports']).map((one) => [one.kind, one.name, one.url]),
    [['bigquery', name, 'project-1.usage.reports']],
  );
});

for (const text of [
  'bigquery:',
  'bigquery:s3cret',
  'bigquery:project-1.s3cret',
  'bigquery:project-1.usage.reports?key=s3cret',
  'bigquery://s3cret@project-1.usage.reports',
  'bigquery:project-1.usage.reports`; DROP s3cret',
  'bigquery:project-1.us-age.s3cret',
  'bigquery:P.usage.s3cret',
  'bigquery:https://bigquery.googleapis.com/s3cret',
])
  test(`${text} is none, and nothing of it is repeated`, () =>
    assert.throws(
      () => sinkAddress(text),
      (error: unknown) =>
        error instanceof UserError &&
        error.code === 'usage' &&
        /project, dataset and table/.test(error.message) &&
        !JSON.stringify([error.message, error.suggestions]).includes('s3cret'),
    ));

test.run();
