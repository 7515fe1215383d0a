import {pathToFileURL} from 'node:url';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {requireBigqueryPackage} from '../../../src/collector/sink/bigquery-package.ts';
import {UserError} from '../../../src/errors.ts';

test('where the package is installed, nothing is said', () => requireBigqueryPackage());

test('where it is not, the error names it, how it is installed, and where', () =>
  assert.throws(
    () => requireBigqueryPackage(pathToFileURL('/nowhere/lib/node_modules/seldon-usage/dist/x.js').href),
    (error: unknown) =>
      error instanceof UserError &&
      error.code === 'usage' &&
      error.message.includes('@google-cloud/bigquery') &&
      /npm install --global @google-cloud\/bigquery@9\n.*\/nowhere\/lib\/node_modules\/seldon-usage/s.test(
        error.suggestions.join('\n'),
      ),
  ));

test.run();
