// A cluster with one release of the test chart, which every test finds as it was installed.
import {execFile} from 'node:child_process';
import {mkdirSync, mkdtempSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {gunzipSync} from 'node:zlib';
import {UserError} from '../../src/errors.ts';
import type {Plan} from '../../src/helm/plan.ts';
import {type Changed, type ChangeOptions, change} from '../../src/operations/change.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {shortLived} from '../rig/go.ts';
import {helmBinary} from '../rig/toolchain.ts';
import {type ChartOptions, writeChart} from './chart.ts';

export const namespace = 'seldon';
export const release = 'core';

/** The usage objects, as paths of the API. */
export const usagePaths = [
  '/api/v1/namespaces/kube-system/serviceaccounts/seldon-spartakus-volunteer',
  '/api/v1/namespaces/kube-system/configmaps/seldon-spartakus-config',
  '/apis/apps/v1/namespaces/kube-system/deployments/seldon-spartakus-volunteer',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles/seldon-spartakus-volunteer',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/seldon-spartakus-volunteer',
];

/** The other objects of the release. */
export const otherPaths = [
  `/api/v1/namespaces/${namespace}/serviceaccounts/seldon-manager`,
  `/api/v1/namespaces/${namespace}/services/seldon-webhook-service`,
  `/api/v1/namespaces/${namespace}/secrets/seldon-webhook-server-cert`,
  `/api/v1/namespaces/${namespace}/configmaps/seldon-config`,
  `/api/v1/namespaces/${namespace}/configmaps/seldon-notes`,
  `/apis/apps/v1/namespaces/${namespace}/deployments/seldon-controller-manager`,
  `/apis/rbac.authorization.k8s.io/v1/clusterroles/seldon-manager-${namespace}`,
  `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/seldon-validating-webhook-configuration-${namespace}`,
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/seldondeployments.machinelearning.seldon.io',
];

/** Path of the Secret that holds a revision. */
export const recordPath = (revision: number) =>
  `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${release}.v${revision}`;

export interface WorldOptions {
  chart?: ChartOptions;
  driver?: 'secret' | 'configmap';
  /** More arguments of `helm install`. */
  install?: string[];
  users?: Record<string, string[]>;
  /** A server that is there already, without a release; it outlives the world. */
  server?: Apiserver;
}

/** The server of this process' worlds, one after the other: a start costs as much as ten changes. */
let shared: Promise<Apiserver> | undefined;
/** What is installed there. */
let last: World | undefined;

/** The shared server without a release, if it has the users. */
async function sharedServer(users: Record<string, string[]> = {}): Promise<Apiserver> {
  shared ??= startApiserver({users});
  const server = await shared;
  const unknown = Object.keys(users).find((user) => server.tokens[user] === undefined);
  if (unknown) throw new Error(`the first world of the process has no user ${unknown}`);
  await last?.uninstall();
  last = undefined;
  return server;
}

/** Ends the shared server before the process does. */
export async function endWorlds(): Promise<void> {
  const server = await shared;
  shared = undefined;
  last = undefined;
  await server?.close();
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
type Any = any;

export interface World {
  server: Apiserver;
  /** A folder of this world alone, which goes with the server. */
  folder: string;
  helmPath: string;
  kubeconfig: string;
  chart: string;
  driver: 'secret' | 'configmap';
  /** Runs Helm as the admin and answers what it prints. */
  helm(...args: string[]): Promise<string>;
  /** The object at a path; undefined if there is none. */
  get(path: string): Promise<Any>;
  /** Puts everything back as it was after the installation. */
  reset(): Promise<void>;
  /** Removes an object, if it is there, and resolves once it is gone: finalizers take their time. */
  gone(path: string): Promise<void>;
  /** Removes the release, whatever became of it; resolves once all its objects are gone. */
  uninstall(): Promise<void>;
  /** resourceVersion of every object but the usage ones and the records. */
  versions(): Promise<Record<string, string>>;
  usageThere(): Promise<number>;
  history(): Promise<{revision: number; status: string; description: string}[]>;
  /** JSON of the newest record, as Helm wrote it: `helm get values` rounds large integers. */
  record(): Promise<string>;
}

const run = promisify(execFile);

// Helm gets it from here, whoever starts it.
Object.assign(process.env, shortLived);

/** The user's values with what is easily lost: a null, a text that looks like a boolean, an integer over 2^53. */
export const installed = [
  ...['--set', 'limit=9007199254740993', '--set', 'watch=null', '--set-string', 'text=false'],
  ...['--set', 'extra.list={1,9007199254740995}', '--labels', 'team=search'],
];

/** Installs the release with one Helm, on the server of this process: what is there of a world before is uninstalled. */
export async function makeWorld(major: 3 | 4, options: WorldOptions = {}): Promise<World> {
  const {driver = 'secret', install = installed} = options;
  const server = options.server ?? (await sharedServer(options.users));
  const helmPath = await helmBinary(major);
  const kubeconfig = server.kubeconfig();
  const folder = mkdtempSync(join(server.directory, 'world-'));
  const charts = join(folder, 'charts');
  mkdirSync(charts);
  const chart = await writeChart(charts, options.chart);
  const env = {...process.env, HELM_DRIVER: driver};
  const helm: World['helm'] = async (...args) =>
    (await run(helmPath, [...args, '--kubeconfig', kubeconfig, '-n', namespace], {env, maxBuffer: 1 << 28})).stdout;
  const get: World['get'] = async (path) => {
    const {status, body} = await server.request('GET', path);
    return status === 200 ? body : undefined;
  };
  /**
   * Waits until the server has done its part of an object. Of one that it has missed it thinks again when that changes, and else
   * after five minutes.
   */
  const until = async (path: string, isDone: (object: Any) => boolean) => {
    for (let looks = 1; !isDone(await get(path)); looks++) {
      await sleep(50);
      if (looks % 100 > 0) continue;
      const headers = {'content-type': 'application/merge-patch+json'};
      for (const again of ['again', null])
        await server.request('PATCH', path, {metadata: {annotations: {again}}}, {headers});
    }
  };
  const gone = async (path: string) => {
    const {status, body} = await server.request('DELETE', path);
    // The status of a success is all that is left of it; what waits for a finalizer is answered as the object.
    if (status === 404 || (body?.kind === 'Status' && body.status === 'Success')) return;
    await until(path, (object) => object === undefined);
  };
  await helm('install', release, chart, '--create-namespace', '--disable-openapi-validation', ...install);
  // The server itself writes into a new CustomResourceDefinition until it is established.
  await until(otherPaths[8]!, isEstablished);
  const records = `/api/v1/namespaces/${namespace}/${driver}s`;
  const first = await get(`${records}/sh.helm.release.v1.${release}.v1`);
  const saved = new Map<string, Any>();
  for (const path of otherPaths) saved.set(path, await get(path));

  const world: World = {
    server,
    folder,
    helmPath,
    kubeconfig,
    chart,
    driver,
    helm,
    get,
    gone,
    async uninstall() {
      for (const path of [...otherPaths, ...usagePaths]) await gone(path);
      for (const {metadata} of (await get(`${records}?labelSelector=owner%3Dhelm`)).items)
        await gone(`${records}/${metadata.name}`);
    },
    async reset() {
      for (const {metadata} of (await get(`${records}?labelSelector=owner%3Dhelm`)).items)
        await gone(`${records}/${metadata.name}`);
      const {resourceVersion: _, uid: _uid, managedFields, ...metadata} = first.metadata;
      await server.request('POST', `${records}?fieldManager=${managedFields[0].manager}`, {...first, metadata});
      await Promise.all(usagePaths.map(gone));
      await Promise.all([...saved].map(([path, object]) => putBack(path, object)));
    },
    async versions() {
      const found: Record<string, string> = {};
      for (const path of otherPaths) found[path] = (await get(path))?.metadata.resourceVersion ?? 'gone';
      return found;
    },
    usageThere: async () => (await Promise.all(usagePaths.map(get))).filter(Boolean).length,
    history: async () => JSON.parse(await helm('history', release, '-o', 'json')),
    async record() {
      const {items} = await get(`${records}?labelSelector=owner%3Dhelm`);
      items.sort((a: Any, b: Any) => b.metadata.labels.version - a.metadata.labels.version);
      const {release: data} = items[0].data;
      const encoded = driver === 'secret' ? Buffer.from(data, 'base64').toString() : data;
      return gunzipSync(Buffer.from(encoded, 'base64')).toString();
    },
  };
  if (!options.server) last = world;

  async function putBack(path: string, object: Any): Promise<void> {
    const live = await get(path);
    if (live && live.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const {resourceVersion: _, uid: _uid, ...metadata} = object.metadata;
    if (live) metadata.resourceVersion = live.metadata.resourceVersion;
    const place = live ? path : path.slice(0, path.lastIndexOf('/'));
    const {status, body} = await server.request(live ? 'PUT' : 'POST', place, {...object, metadata});
    if (status > 201) throw new Error(`${path}: ${JSON.stringify(body)}`);
    if (body.kind === 'CustomResourceDefinition') await until(path, isEstablished);
    saved.set(path, await get(path));
  }
  return world;
}

function isEstablished(definition: Any): boolean {
  const conditions: Any[] = definition?.status?.conditions ?? [];
  return conditions.some(({type, status}) => type === 'Established' && status === 'True');
}

/** How a change ended, and the plan that was shown. */
export interface Ended {
  changed?: Changed;
  error?: UserError;
  plan?: Plan;
}

/** Runs the operation in this process; what it throws for a user is answered. */
export async function tryChange(
  world: World,
  options: Partial<ChangeOptions> & {user?: string; yes?: boolean},
): Promise<Ended> {
  const {user = 'admin', yes = true, ...rest} = options;
  const ended: Ended = {};
  try {
    ended.changed = (await change(
      {
        connection: {kubeconfig: user === 'admin' ? world.kubeconfig : world.server.kubeconfig({user})},
        helm: world.helmPath,
        to: true,
        ...rest,
      },
      {env: process.env, home: homedir()},
      {
        doing() {},
        plan(plan) {
          ended.plan = plan as Plan;
        },
        confirm: async () => yes,
      },
    )) as Changed;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ended.error = error;
  }
  return ended;
}
