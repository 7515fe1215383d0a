import {readFileSync} from 'node:fs';

/**
 * A kubeconfig of two clusters, of kubeconfigs of one each: the contexts `one`, `one-again` (the same cluster), `two`, and `gone`, where
 * nobody answers.
 *
 * @param again the server of `one-again`: by the same address, or by another name of it
 */
export function fleetKubeconfig(first: string, second: string, again: 'same address' | 'other name'): object {
  const [a, b] = [first, second].map((path) => JSON.parse(readFileSync(path, 'utf8')));
  const {cluster} = a.clusters[0];
  const named = (name: string, cluster: string, user = cluster) => ({name, context: {cluster, user}});
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {name: 'one', cluster},
      {name: 'by-name', cluster: {...cluster, server: cluster.server.replace('127.0.0.1', 'localhost')}},
      {name: 'two', cluster: b.clusters[0].cluster},
      {name: 'gone', cluster: {server: 'https://127.0.0.1:1'}},
    ],
    users: [
      {name: 'one', user: a.users[0].user},
      {name: 'two', user: b.users[0].user},
      {name: 'gone', user: {token: 'x'}},
    ],
    contexts: [
      named('one', 'one'),
      named('gone', 'gone'),
      named('one-again', again === 'other name' ? 'by-name' : 'one', 'one'),
      named('two', 'two'),
    ],
    'current-context': 'one',
  };
}
