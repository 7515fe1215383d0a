import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Observed} from '../../src/helm/kept.ts';
import {describeRight, missingRights, neededRights, type Right, rightsForEdit} from '../../src/helm/rights.ts';
import {withScripted} from '../cluster/connection/connecting.ts';

const release = {namespace: 'seldon-system', driver: 'secret'} as const;
const observed = (resource: string, name: string, namespace?: string) =>
  ({resource: {group: 'apps', resource}, document: {name}, namespace}) as unknown as Observed;
const kept = Array.from({length: 7}, (_, i) => observed('deployments', `d${i}`, 'seldon-system'));
const cluster = observed('clusterthings', 'c');

const reviews = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
/** What is missing where the server answers by a function, and what it was asked. */
async function asked(rights: readonly Right[], answer: (right: Right) => unknown) {
  return withScripted(
    {
      '*': (_, response, {body}) => {
        const {resourceAttributes} = JSON.parse(body).spec;
        response.writeHead(201, {'content-type': 'application/json'});
        response.end(JSON.stringify({status: answer(resourceAttributes)}));
      },
    },
    async (connection, {requests}) => {
      const missing = await missingRights(connection, rights);
      assert.ok(requests.every(({method, path}) => method === 'POST' && path === reviews));
      return {missing: missing.map(describeRight), questions: requests.map(({body}) => JSON.parse(body).spec)};
    },
  );
}

test('of each right is asked once, and what no request has shown yet', async () => {
  for (const [rights, count] of [
    [neededRights(kept, {...release, on: false}), 4 + 5 + 7],
    [neededRights(kept, {...release, on: true}), 4 + 3 * 5 + 7],
    [rightsForEdit(kept.slice(2), kept.slice(0, 2), release), 4 + 7],
    // The operator may be where the usage objects are, and its records in ConfigMaps.
    [neededRights([], {namespace: 'kube-system', driver: 'configmap', on: true}), 4 + 3 * 5 - 2],
  ] as const) {
    const {missing, questions} = await asked(rights, () => ({allowed: true}));
    assert.equal([missing, questions.length], [[], count]);
    assert.is(new Set(questions.map((one) => JSON.stringify(one))).size, count);
    const read = questions.filter(({resourceAttributes: {verb, name}}) => verb === 'get' && name !== undefined);
    assert.equal(read, [], 'whoever has observed an object may read it');
  }
});

test('what is denied is told once each, and so is what the server says nothing of', async () => {
  const rights = [...rightsForEdit([cluster], kept.slice(0, 1), release), ...rightsForEdit([cluster], [], release)];
  for (const no of [{allowed: false}, {allowed: 'true'}, {}, undefined, null]) {
    const {missing} = await asked(rights, ({verb}) => (verb === 'patch' || verb === 'delete' ? no : {allowed: true}));
    assert.equal(missing, ['patch clusterthings.apps c (cluster-wide)', 'delete deployments.apps d0 in seldon-system']);
  }
});

test.run();
