import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {readVersion} from '../../src/cluster/version.ts';
import {failure, withScripted} from './connection/connecting.ts';

const told: [what: string, body: unknown, version: string][] = [
  ['today', {major: '1', minor: '36', gitVersion: 'v1.36.3'}, 'v1.36.3'],
  ['1.9', {major: '1', minor: '9', gitVersion: 'v1.9.7', goVersion: 'go1.9.3'}, 'v1.9.7'],
  ['a cloud', {major: '1', minor: '18+', gitVersion: 'v1.18.20-gke.901'}, 'v1.18.20-gke.901'],
  ['nobody', {}, ''],
  ['a number', {gitVersion: 1}, ''],
];
for (const [what, body, version] of told) {
  test(`the version as ${what} tells it`, () =>
    withScripted({'/version': {headers: {'content-type': 'application/json'}, body: JSON.stringify(body)}}, async (c) =>
      assert.is(await readVersion(c), version),
    ));
}

for (const body of ['null', '[]', '"v1.36.3"', '1']) {
  test(`${body} is no answer of an API server`, () =>
    withScripted({'/version': {headers: {'content-type': 'application/json'}, body}}, async (connection) =>
      assert.match((await failure(readVersion(connection))).message, 'not as a Kubernetes API server'),
    ));
}

test('a login page is no version', () =>
  withScripted({'/version': {headers: {'content-type': 'text/html'}, body: '<html>'}}, async (connection) =>
    assert.match((await failure(readVersion(connection))).message, 'answers with a web page'),
  ));

test.run();
