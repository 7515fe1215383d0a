// Lets a scripted server stand in front of the real one: what is not scripted comes from there.
import {Agent, request as httpsRequest} from 'node:https';
import {pipeline} from 'node:stream/promises';
import type {SharedApiserver} from './apiserver.ts';
import type {Handler} from './scripted.ts';

/** A handler that passes a request on, credentials included, and streams the answer back. */
export function forwardTo({url, ca}: Pick<SharedApiserver, 'url' | 'ca'>): Handler {
  const agent = new Agent({ca});
  return (request, response, seen) =>
    new Promise((resolve, reject) => {
      const {method, headers, url: path} = request;
      const onward = httpsRequest(url + path, {agent, method, headers}, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        pipeline(answer, response).then(resolve, reject);
      });
      onward.on('error', reject);
      onward.end(seen.body);
    });
}
