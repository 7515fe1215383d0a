// Requests of the tests themselves, apart from the program under test.

import type {IncomingHttpHeaders} from 'node:http';
import {type Agent, request as httpsRequest, type RequestOptions} from 'node:https';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed, if the server said that it is JSON; otherwise the bytes. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  body: any;
}

/**
 * One request, answered whatever its status; a value given as body is sent as JSON. Over a socket that was idle, which the
 * server may have closed while the tests waited for a program, it is sent once more.
 */
export function requestJson(url: string, agent: Agent, options: RequestOptions, body?: unknown): Promise<Answer> {
  const sent = body === undefined ? undefined : JSON.stringify(body);
  const headers = {...(sent && {'content-type': 'application/json'}), ...options.headers};
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const request = httpsRequest(url, {...options, headers, agent}, (response) => {
      isAnswered = true;
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(parts);
        const isJson = /json/.test(response.headers['content-type'] ?? '');
        const {statusCode: status = 0, headers} = response;
        resolve({status, headers, body: isJson ? JSON.parse(bytes.toString()) : bytes});
      });
    });
    request.on('error', (error) => {
      if (request.reusedSocket && !isAnswered) resolve(requestJson(url, agent, options, body));
      else reject(error);
    });
    request.end(sent);
  });
}
