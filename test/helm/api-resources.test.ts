import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {resourceFinder} from '../../src/helm/api-resources.ts';
import {withScripted} from '../cluster/connection/connecting.ts';

const deployments = {name: 'deployments', kind: 'Deployment', namespaced: true};
const answers: [what: string, resources: unknown, found: string | undefined][] = [
  ['a list', [{name: 'deployments/status', kind: 'Deployment'}, deployments], 'deployments'],
  ['an object', {}, undefined],
  ['a text', 'x', undefined],
  ['nothing beside a resource', [null, deployments], 'deployments'],
  ['a name that is an object', [{...deployments, name: {}}], undefined],
  ['a name that leads elsewhere', [{...deployments, name: '..'}], undefined],
  ['a name that a terminal heeds', [{...deployments, name: '\u001b[31m'}], undefined],
];
for (const [what, resources, found] of answers)
  test(`the resources of a group are ${what}`, () =>
    withScripted({'/apis/apps/v1': {body: {resources}}}, async (connection) => {
      const resource = await resourceFinder(connection)({apiVersion: 'apps/v1', kind: 'Deployment'});
      assert.is(resource?.resource, found);
    }));

test.run();
