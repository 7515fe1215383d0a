// Servers that answer a SelfSubjectReview with what they saw of the connection.
import type {IncomingMessage, ServerResponse} from 'node:http';

/** Answers every request as if it had asked who it is; the name is what `see` says. */
export function reviewOf(
  see: (request: IncomingMessage) => string,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const status = {userInfo: {username: see(request), groups: []}};
    const body = {apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {}, status};
    response.writeHead(201, {'content-type': 'application/json'}).end(JSON.stringify(body));
  };
}
