import type {Connection} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import type {Core2, Core2Place} from '../cluster/core2/find.ts';
import type {Runtime} from '../cluster/core2/runtime.ts';
import {type Verdict, verdictOf} from '../cluster/core2/verdict.ts';
import {clean} from '../foreign.ts';
import {type Core2Value, core2Values, isSetupWithSwitch} from './core2-values.ts';
import {findLive, type LiveObject} from './objects.ts';
import {findOwner, marksOf, type Owner} from './owner.ts';
import type {FoundRelease} from './releases.ts';
import {kubectlCommands, upgradeFromRepository} from './user-commands.ts';

/** A release of a chart of Seldon Core 2 that has something to say on Hodometer. */
export interface Core2Release {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly revision: number;
  readonly status: string;
  /** When the last revision was made, RFC 3339. */
  readonly deployed: string;
  readonly values: readonly Core2Value[];
  readonly warnings: readonly string[];
}

/** Everything that `status` says of Hodometer in a namespace. */
export interface Core2PlaceStatus extends Omit<Core2Place, 'runtimes'>, Verdict {
  readonly runtimes: readonly Omit<Runtime, 'metadata' | 'index' | 'hasOverrides'>[];
  readonly owner?: Owner;
  /** That somebody looks after the SeldonRuntime who is not known: who changes it has to go there. */
  readonly marks?: readonly string[];
  /** The release that made what decides, as its annotations say: `namespace/name`. */
  readonly release?: string;
  /** How it is stopped for good, line by line; empty: it is. */
  readonly advice: readonly string[];
}

export interface Core2Status {
  readonly places: readonly Core2PlaceStatus[];
  readonly releases: readonly Core2Release[];
  readonly unreadable: readonly string[];
  /** Whether an operator runs that acts on SeldonRuntimes, where there are any. */
  readonly operator?: {readonly runs: boolean | 'unknown'; readonly found: readonly string[]};
}

/**
 * What `status` says of Seldon Core 2: what runs, what the switches say, and who decides. Reads only.
 *
 * @param kubeconfig that the user named, for commands to copy
 */
export async function core2Status(
  connection: Connection,
  {places, unreadable}: Core2,
  releases: readonly FoundRelease[],
  kubeconfig?: string,
): Promise<Core2Status> {
  const looked: Core2PlaceStatus[] = [];
  for (const place of places) looked.push(await placeStatus(connection, place, releases, kubeconfig));
  return {
    places: looked,
    releases: releases.map(releaseOf).filter(({values}) => values.length > 0),
    unreadable,
  };
}

function releaseOf(release: FoundRelease): Core2Release {
  const {name, namespace, record} = release;
  const values = core2Values(record);
  const enabled = values.find(({path}) => path === 'hodometer.enabled');
  return {
    name,
    namespace,
    chart: clean(`${record.chart.metadata.name} ${record.chart.metadata.version}`),
    revision: record.version,
    status: clean(record.info.status),
    deployed: record.info.last_deployed ?? '',
    values,
    warnings:
      enabled?.effective === false && !isSetupWithSwitch(record)
        ? [
            'hodometer.enabled=false stops nothing from 2.6 on; in 2.6 it also leaves the cluster without its SeldonConfig.',
          ]
        : [],
  };
}

async function placeStatus(
  connection: Connection,
  place: Core2Place,
  releases: readonly FoundRelease[],
  kubeconfig: string | undefined,
): Promise<Core2PlaceStatus> {
  const {runtimes, deployments, ...rest} = place;
  const verdict = verdictOf(place);
  // From 2.6 on the operator makes the Deployment: who decides is who made the runtime.
  const [runtime] = runtimes;
  const older = deployments.find(({name}) => name === 'seldon-hodometer');
  const live: LiveObject | undefined = runtime
    ? {metadata: runtime.metadata}
    : older && (await readDeployment(connection, older));
  const {annotations = {}} = live?.metadata ?? {};
  const releaseName = annotations['meta.helm.sh/release-name'];
  const releaseNamespace = annotations['meta.helm.sh/release-namespace'] ?? place.namespace;
  const release = releases.find((one) =>
    live ? one.name === releaseName && one.namespace === releaseNamespace : one.namespace === place.namespace,
  );
  const path = runtime ? 'hodometer.replicas' : 'hodometer.enabled';
  const what = runtime ? 'the SeldonRuntime' : 'its Deployment';
  const owner =
    live && (await findOwner(connection, {...(release ? {release} : {}), documents: [], operator: live, what, path}));
  const named = release
    ? clean(`${release.namespace}/${release.name}`)
    : releaseName && clean(`${releaseNamespace}/${releaseName}`);
  const edited = owner && {
    ...owner,
    edit: owner.edit.flatMap((line) => {
      const indent = /^ *(?=replicas: VALUE$)/.exec(line)?.[0];
      // With disable: true the operator would not look at the replicas.
      const before = indent !== undefined && runtime?.disable ? [`${indent}disable: false`] : [];
      return [...before, line.replace('VALUE', runtime ? '0' : 'false')];
    }),
  };
  const settled = verdict.state === 'stopped' && !verdict.comesBack;
  const marks = runtime && !edited && named === undefined ? marksOf(runtime.metadata) : [];
  const isSetOff = runtimes.length > 0 && runtimes.every(({disable, replicas}) => !disable && replicas === 0);
  const adviser = {place, release, named, marks, connection, kubeconfig};
  return {
    ...rest,
    ...verdict,
    deployments,
    runtimes: runtimes.map(({metadata: _, index: _index, hasOverrides: _has, ...shown}) => shown),
    ...(edited ? {owner: edited} : {}),
    ...(marks.length > 0 ? {marks} : {}),
    ...(named === undefined ? {} : {release: named}),
    advice: [
      // First, since disable leaves the rest alone until then.
      ...leftover(adviser),
      ...(verdict.offInVain ? byHand(adviser) : settled || edited || isSetOff ? [] : adviceFor(adviser)),
    ],
  };
}

/** Names as Kubernetes and Helm have them: nothing else gets into a command that somebody copies. */
const plain = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** What the advice goes by. */
interface Adviser {
  readonly place: Core2Place;
  readonly release: FoundRelease | undefined;
  /** The release that made what decides, `namespace/name`. */
  readonly named: string | undefined;
  readonly marks: readonly string[];
  readonly connection: Connection;
  readonly kubeconfig: string | undefined;
}

/** How Hodometer is stopped where Helm or nobody owns it. */
function adviceFor({place, release, named, marks, connection, kubeconfig}: Adviser): string[] {
  const [runtime] = place.runtimes;
  const kubectl = kubectlCommands(connection, kubeconfig);
  if (!runtime && place.deployments.length === 0) return ['Its pods have no Deployment: kubectl delete pod ends them.'];
  const [namespace = '', name = '', ...rest] = named?.split('/') ?? [place.namespace, runtime?.name ?? 'hodometer'];
  if (!plain.test(namespace) || !plain.test(name) || rest.length > 0)
    return ['By whoever installed it: what its objects name can be no name, so that no command is shown.'];
  if (named !== undefined) {
    const version = release?.record.chart.metadata.version ?? '';
    const chart = runtime ? 'seldon-core-v2-runtime' : 'seldon-core-v2-setup';
    const set = runtime ? 'hodometer.disable=false,hodometer.replicas=0' : 'hodometer.enabled=false';
    return [
      `${release ? 'seldon-usage disable, or by hand with' : 'With'} Helm, from the repository that the chart ${chart} was installed from:`,
      upgradeFromRepository({name, namespace, chart, version}, set, connection, kubeconfig),
    ];
  }
  if (marks.length > 0)
    return [
      'Where the SeldonRuntime comes from: spec.overrides, the entry named hodometer, disable: false and replicas: 0.',
    ];
  if (runtime)
    return [
      'seldon-usage disable, or by hand in the SeldonRuntime, beside its other overrides:',
      kubectl.patchRuntime(runtime, offPatch(runtime)),
    ];
  return [
    'No SeldonRuntime and no release was found that decides on it, so that somebody may start it again:',
    ...place.deployments.map(kubectl.scaleToNone),
  ];
}

/** The switch says off already: what is left is what runs. */
function byHand({place: {deployments}, connection, kubeconfig}: Adviser): string[] {
  const wanted = deployments.filter(({replicas, namespace}) => replicas > 0 && plain.test(namespace));
  if (wanted.length === 0) return [];
  const kubectl = kubectlCommands(connection, kubeconfig);
  return ['The switch says off already. Where no operator acts on it, by hand:', ...wanted.map(kubectl.scaleToNone)];
}

/** A Deployment of the older era beside a SeldonRuntime, which has no power over it. */
function leftover({place: {runtimes, deployments}, connection, kubeconfig}: Adviser): string[] {
  const older = deployments.find(({name, replicas}) => name === 'seldon-hodometer' && replicas > 0);
  if (runtimes.length === 0 || !older || !plain.test(older.namespace)) return [];
  return [
    'What an older version left behind is deleted by itself:',
    kubectlCommands(connection, kubeconfig).remove(older),
  ];
}

/** A JSON patch, since a merge patch would replace all the overrides; its tests refuse a list that was changed since. */
export function offPatch({index, hasOverrides}: Pick<Runtime, 'index' | 'hasOverrides'>): object[] {
  const off = {name: 'hodometer', disable: false, replicas: 0};
  if (index !== undefined)
    return [
      {op: 'test', path: `/spec/overrides/${index}/name`, value: 'hodometer'},
      {op: 'add', path: `/spec/overrides/${index}/disable`, value: false},
      {op: 'add', path: `/spec/overrides/${index}/replicas`, value: 0},
    ];
  if (hasOverrides) return [{op: 'add', path: '/spec/overrides/-', value: off}];
  return [
    {op: 'test', path: '/spec/overrides', value: null},
    {op: 'add', path: '/spec/overrides', value: [off]},
  ];
}

async function readDeployment(
  connection: Connection,
  {namespace, name}: {namespace: string; name: string},
): Promise<LiveObject | undefined> {
  try {
    return await findLive(
      connection,
      `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(name)}`,
    );
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
}
