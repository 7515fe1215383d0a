import {Agent} from 'node:https';
import type {Socket} from 'node:net';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {requestJson} from './request.ts';
import {startScripted} from './scripted.ts';

test('a socket that the server closes while it is idle is no failure', async () => {
  const served = new WeakSet<Socket>();
  const server = await startScripted({
    routes: {
      '*': ({socket}, response) => {
        if (served.has(socket)) socket.destroy();
        else response.end();
        served.add(socket);
      },
    },
  });
  const agent = new Agent({ca: server.ca, keepAlive: true});
  try {
    for (let i = 0; i < 2; i++) assert.is((await requestJson(server.url, agent, {})).status, 200);
    assert.is(server.requests.length, 3);
  } finally {
    agent.destroy();
    await server.close();
  }
});

test.run();
