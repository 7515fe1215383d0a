import {Agent} from 'node:https';
import * as assert from 'uvu/assert';
import {sharedApiserver} from './apiserver.ts';
import {rigSuite} from './available.ts';
import {forwardTo} from './forward.ts';
import {requestJson} from './request.ts';
import {type Handler, startScripted} from './scripted.ts';

const test = rigSuite('a scripted server in front of the real one');

test('refuses protobuf and forwards the rest', async () => {
  const apiserver = await sharedApiserver();
  const forward = forwardTo(apiserver);
  const withoutProtobuf: Handler = (request, response, seen) =>
    /protobuf/.test(seen.headers.accept ?? '') ? void response.writeHead(406).end() : forward(request, response, seen);
  const proxy = await startScripted({routes: {'*': withoutProtobuf}});
  const agent = new Agent({ca: proxy.ca});
  const get = (path: string, accept: string) => {
    const headers = {accept, authorization: `Bearer ${apiserver.tokens.reader}`};
    return requestJson(proxy.url + path, agent, {headers});
  };

  assert.is((await get('/api/v1/nodes', 'application/vnd.kubernetes.protobuf')).status, 406);
  assert.is((await get('/api/v1/nodes?limit=5', 'application/json')).body.kind, 'NodeList');
  assert.is((await get('/api/v1/secrets', 'application/json')).status, 403);
  assert.is(proxy.requests[1]?.query.limit, '5');
  await proxy.close();
});

test('passes objects on', async () => {
  const apiserver = await sharedApiserver();
  const proxy = await startScripted({routes: {'*': forwardTo(apiserver)}});
  const headers = {authorization: `Bearer ${apiserver.tokens.admin}`};
  const path = '/api/v1/namespaces/default/configmaps';
  const options = {method: 'POST', headers};
  const answer = await requestJson(proxy.url + path, new Agent({ca: proxy.ca}), options, {
    metadata: {generateName: 'forwarded-'},
  });
  assert.is(answer.status, 201);
  await proxy.close();
});

test.run();
