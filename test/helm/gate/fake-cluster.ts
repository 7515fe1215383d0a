// A release and a cluster that answers from a table and remembers what it was asked: what the gate lets through is seen there.
import type {IncomingMessage} from 'node:http';
import {Readable} from 'node:stream';
import {gzipSync} from 'node:zlib';
import type {Connection, RequestOptions} from '../../../src/cluster/connection/connection.ts';
import {readManifest} from '../../../src/helm/documents.ts';
import type {Permitted} from '../../../src/helm/gate/objects.ts';
import type {Observed} from '../../../src/helm/kept.ts';
import type {LiveObject} from '../../../src/helm/objects.ts';
import type {Release} from '../../../src/helm/record.ts';
import type {FoundRelease} from '../../../src/helm/releases.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests make objects of every kind
type Any = any;

export interface Asked extends RequestOptions {
  readonly path: string;
}

export interface FakeCluster {
  connection: Connection;
  /** Everything that reached the cluster. */
  asked: Asked[];
  /** Answers by method and path without query; what is not there is 404. */
  answers: Record<string, {status?: number; body: unknown}>;
}

export function fakeCluster(): FakeCluster {
  const asked: Asked[] = [];
  const answers: FakeCluster['answers'] = {
    'GET /api/v1': {
      body: {
        resources: [
          {name: 'secrets', kind: 'Secret', namespaced: true},
          {name: 'configmaps', kind: 'ConfigMap', namespaced: true},
        ],
      },
    },
    'GET /version': {body: {gitVersion: 'v1.36.3'}},
  };
  const connection: Connection = {
    ...{context: 'c', server: 'https://127.0.0.1:1', user: 'u', namespace: 'default', ca: '', way: ''},
    async request(path, options = {}) {
      asked.push({path, ...options});
      const found = answers[`${options.method ?? 'GET'} ${path.replace(/\?.*/, '')}`];
      const {status = found ? 200 : 404, body = {kind: 'Status', code: 404}} = found ?? {};
      const response = Readable.from([Buffer.from(JSON.stringify(body))]);
      return Object.assign(response, {
        statusCode: status,
        headers: {'content-type': 'application/json'},
      }) as unknown as IncomingMessage;
    },
    close() {},
  };
  return {connection, asked, answers};
}

export const encoded = (record: unknown): string => gzipSync(JSON.stringify(record)).toString('base64');

export function recordOf(version: number, status: string): Release {
  return {
    ...{name: 'core', namespace: 'seldon', version, info: {status}},
    chart: {
      metadata: {name: 'seldon-core-operator', version: '1.18.2'},
      ...{lock: null, schema: null, templates: [{name: 'templates/a.yaml', data: 'YQ=='}], files: []},
      values: {usageMetrics: {enabled: false}},
    },
    config: {},
    manifest: '',
    hooks: [],
  };
}

export const recordName = (version: number): string => `sh.helm.release.v1.core.v${version}`;
export const recordPath = (version?: number): string =>
  `/api/v1/namespaces/seldon/secrets${version === undefined ? '' : `/${recordName(version)}`}`;

/** The Secret of a revision as Helm sends it, in JSON. */
export function sentRecord(
  version: number,
  status: string,
  change: (record: Any, secret: Any) => void = () => {},
): object {
  const record = recordOf(version, status);
  const secret: Any = {
    ...{apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1'},
    metadata: {
      name: recordName(version),
      labels: {name: 'core', owner: 'helm', status, version: `${version}`, modifiedAt: '1795695020'},
    },
    data: {},
  };
  change(record, secret);
  secret.data.release ??= Buffer.from(encoded(record)).toString('base64');
  return secret;
}

export function fakeRelease(): FoundRelease {
  const record = recordOf(1, 'deployed');
  const labels = {name: 'core', owner: 'helm', status: 'deployed', version: '1'};
  return {
    ...{name: 'core', namespace: 'seldon', driver: 'secret', unpacked: 1000, size: 1000, record},
    revisions: [{version: 1, status: 'deployed', labels, managers: [], created: ''}],
    stored: {
      metadata: {name: recordName(1), namespace: 'seldon', labels, uid: 'u1', resourceVersion: '7'},
    },
  };
}

export const marks = {
  labels: {'app.kubernetes.io/managed-by': 'Helm'},
  annotations: {'meta.helm.sh/release-name': 'core', 'meta.helm.sh/release-namespace': 'seldon'},
};

/** A ConfigMap of the plan, with its live object; undefined: there is none. */
export function configMap(namespace: string, name: string, live?: Any): Observed {
  const [document] = readManifest(
    JSON.stringify({apiVersion: 'v1', kind: 'ConfigMap', metadata: {name, namespace}, data: {a: 'b'}}),
  );
  return {
    document: document!,
    resource: {apiVersion: 'v1', group: '', resource: 'configmaps', namespaced: true},
    ...{namespace, path: `/api/v1/namespaces/${namespace}/configmaps/${name}`},
    live: live as LiveObject | undefined,
  };
}

export function liveConfigMap(namespace: string, name: string, more: Any = {}): Any {
  const {metadata, ...rest} = more;
  return {
    ...{apiVersion: 'v1', kind: 'ConfigMap', data: {a: 'b'}},
    metadata: {name, namespace, uid: `uid-${name}`, resourceVersion: '3', ...marks, ...metadata},
    ...rest,
  };
}

/** A kept object, an unmarked one, and a usage object that is to be made or removed. */
export function permitted(change: Permitted['change']): Permitted {
  const usage = 'seldon-spartakus-config';
  return {
    kept: [
      configMap('seldon', 'kept', liveConfigMap('seldon', 'kept')),
      configMap('seldon', 'unmarked', liveConfigMap('seldon', 'unmarked', {metadata: {labels: {}, annotations: {}}})),
    ],
    usage: [configMap('kube-system', usage, change === 'deleted' ? liveConfigMap('kube-system', usage) : undefined)],
    change,
  };
}
