import type {ObjectMeta} from '../cluster/api.ts';
import type {Connection} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import {listItems} from '../cluster/list-items.ts';
import {clean, textsOf} from '../foreign.ts';
import type {Document} from './documents.ts';
import type {LiveObject} from './objects.ts';
import type {FoundRelease} from './releases.ts';

/** Who reconciles a release, so that a change by Helm would be reverted or fought over. */
export interface Owner {
  readonly kind: 'Flux' | 'Argo CD' | 'Fleet' | 'k3s' | 'Terraform' | 'Pulumi';
  /** By what it was recognized. */
  readonly evidence: string;
  /** What to edit instead, line by line; `VALUE` stands for `true` or `false`. */
  readonly edit: readonly string[];
}

/** What tells the owner. */
export interface Traces {
  readonly release?: FoundRelease;
  /** Documents of the manifest. */
  readonly documents: readonly Document[];
  /** The live workload of the operator, or what else decides. */
  readonly operator?: LiveObject | undefined;
  /** What that is, in a sentence; absent: the operator. */
  readonly what?: string;
  /** `usageMetrics.enabled`, as this chart calls it. */
  readonly path: string;
}

/** The lines for the value in a YAML file, at some indentation. */
function yamlLines(path: string, indent = ''): string[] {
  const [parent, key] = path.split('.');
  return [`${indent}${parent}:`, `${indent}  ${key}: VALUE`];
}

/**
 * Who owns the release; undefined if nobody but whoever runs Helm.
 *
 * @throws {UserError} cluster; what may not be read is taken for not there, since other traces tell too
 */
export async function findOwner(connection: Connection, traces: Traces): Promise<Owner | undefined> {
  const [byFlux, byK3s] = await Promise.all([flux(connection, traces), k3s(connection, traces)]);
  return byFlux ?? argo(traces) ?? fleet(traces) ?? byK3s ?? byManager(traces);
}

interface Listed {
  metadata?: Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'annotations'>;
  spec?: {
    releaseName?: string;
    targetNamespace?: string;
    valuesFrom?: {kind?: string; name?: string; targetPath?: string}[];
  };
}

/** Of an object only what tells the owner: it may hold all the values of a chart. */
function outline({metadata, spec}: Listed): Listed {
  const sources = Array.isArray(spec?.valuesFrom) ? spec.valuesFrom.map(textsOf) : [];
  const {name, namespace} = textsOf(metadata);
  const {releaseName, targetNamespace} = textsOf(spec);
  return {
    metadata: {
      ...(name === undefined ? {} : {name}),
      ...(namespace === undefined ? {} : {namespace}),
      labels: textsOf(metadata?.labels),
      annotations: textsOf(metadata?.annotations),
    },
    spec: {
      ...(releaseName === undefined ? {} : {releaseName}),
      ...(targetNamespace === undefined ? {} : {targetNamespace}),
      valuesFrom: sources,
    },
  };
}

/** All objects of a custom resource, by the first of its versions that the cluster has; none where it is forbidden. */
async function listAll(connection: Connection, paths: readonly string[]): Promise<Listed[]> {
  const answers = await Promise.all(
    paths.map(async (path) => {
      try {
        return await listItems(connection, path, {}, (item) => outline((item ?? {}) as Listed));
      } catch (error) {
        if (!(error instanceof HttpError && (error.status === 404 || error.status === 403))) throw error;
        return undefined;
      }
    }),
  );
  return answers.find((items) => items !== undefined) ?? [];
}

const fluxName = 'helm.toolkit.fluxcd.io/name';

async function flux(connection: Connection, {release, documents, operator, path}: Traces): Promise<Owner | undefined> {
  const labels = [operator?.metadata.labels, ...documents.map((document) => document.labels)].find(
    (labels) => labels?.[fluxName],
  );
  const releases = await listAll(
    connection,
    ['v2', 'v2beta2', 'v2beta1'].map((version) => `/apis/helm.toolkit.fluxcd.io/${version}/helmreleases`),
  );
  const ours = releases.find(({metadata = {}, spec = {}}) => {
    if (labels)
      return metadata.name === labels[fluxName] && metadata.namespace === labels['helm.toolkit.fluxcd.io/namespace'];
    const target = spec.targetNamespace ?? metadata.namespace;
    const name =
      spec.releaseName ?? (spec.targetNamespace ? `${spec.targetNamespace}-${metadata.name}` : metadata.name);
    return release !== undefined && name === release.name && target === release.namespace;
  });
  if (!ours && !labels) return undefined;
  const name = clean(ours?.metadata?.name ?? labels?.[fluxName] ?? '');
  const namespace = clean(ours?.metadata?.namespace ?? labels?.['helm.toolkit.fluxcd.io/namespace'] ?? '');
  const source = ours?.metadata?.labels?.['kustomize.toolkit.fluxcd.io/name'];
  const wins = ours?.spec?.valuesFrom?.find(({targetPath}) => targetPath === path);
  return {
    kind: 'Flux',
    evidence: `the HelmRelease ${namespace}/${name}${ours ? '' : ' that the labels of its objects name'}`,
    edit: wins
      ? [
          `In ${clean(wins.kind ?? 'the object')} ${namespace}/${clean(wins.name ?? '')}, which the HelmRelease ${name} takes ${path} from (valuesFrom with targetPath wins over values), write: VALUE`,
        ]
      : [
          `In Git, in the HelmRelease ${name} of the namespace ${namespace}${source ? ` (applied by the Kustomization ${clean(source)}, so that kubectl edit would be reverted)` : ''}:`,
          'spec:',
          '  values:',
          ...yamlLines(path, '    '),
        ],
  };
}

/** `app.kubernetes.io/instance` proves nothing: the chart sets it itself. */
function argo({operator, path, what = 'the operator'}: Traces): Owner | undefined {
  const tracking = operator?.metadata.annotations?.['argocd.argoproj.io/tracking-id'];
  if (!tracking) return undefined;
  const application = clean(tracking.split(':')[0] ?? '');
  return {
    kind: 'Argo CD',
    evidence: `the annotation argocd.argoproj.io/tracking-id of ${what}: Application ${application}`,
    edit: [
      `In Git, in the Application ${application} (parameters win over valuesObject, that over values, that over valueFiles):`,
      'spec:',
      '  source:',
      '    helm:',
      '      valuesObject:',
      ...yamlLines(path, '        '),
    ],
  };
}

function fleet({release, path}: Traces): Owner | undefined {
  const bundle = release?.record.chart.metadata.annotations?.['fleet.cattle.io/bundle-id'];
  if (!bundle) return undefined;
  return {
    kind: 'Fleet',
    evidence: `the annotation fleet.cattle.io/bundle-id of the chart: Bundle ${clean(bundle)}`,
    edit: [`In Git, in fleet.yaml of the Bundle ${clean(bundle)}:`, 'helm:', '  values:', ...yamlLines(path, '    ')],
  };
}

async function k3s(connection: Connection, {release, path}: Traces): Promise<Owner | undefined> {
  if (!release) return undefined;
  const labelled = release.revisions[0]?.labels['helmcharts.helm.cattle.io/configHash'] !== undefined;
  const charts = await listAll(connection, ['/apis/helm.cattle.io/v1/helmcharts']);
  const ours = charts.find(
    ({metadata, spec}) =>
      metadata?.name === release.name && (spec?.targetNamespace ?? metadata.namespace) === release.namespace,
  );
  if (!ours && !labelled) return undefined;
  const place = ours ? `${clean(ours.metadata?.namespace ?? '')}/${clean(release.name)}` : clean(release.name);
  return {
    kind: 'k3s',
    evidence: ours ? `the HelmChart ${place}` : 'the label helmcharts.helm.cattle.io/configHash of the release',
    edit: [
      `In the HelmChart ${place}, or in a HelmChartConfig of the same name, which wins:`,
      'spec:',
      '  valuesContent: |-',
      ...yamlLines(path, '    '),
    ],
  };
}

/** Those that keep watch over objects, by what they write. */
const watchers = /(?:fluxcd\.io|argocd\.argoproj\.io|cattle\.io|olm\.owner)/;
const hands = /argocd|flux|kustomize-controller|helm-controller|fleet/i;

/** Marks by which others than Helm's user say that an object is theirs; whose it is can't be told from the rest. */
export function marksOf({
  labels = {},
  annotations = {},
  ownerReferences = [],
  managedFields = [],
}: Pick<ObjectMeta, 'labels' | 'annotations' | 'ownerReferences' | 'managedFields'>): string[] {
  const marks = [
    ...[...Object.keys(labels), ...Object.keys(annotations)].filter((key) => watchers.test(key)),
    ...ownerReferences.map(({kind, name: owner}) => `owner ${String(kind)} ${String(owner)}`),
    // Argo CD may mark what is its own by a label that others use too; its hand shows all the same.
    ...managedFields.flatMap(({manager = ''}) => (hands.test(manager) ? [`written by ${manager}`] : [])),
    ...(labels['app.kubernetes.io/managed-by'] === 'Helm' ? ['app.kubernetes.io/managed-by: Helm'] : []),
  ];
  return marks.map((mark) => clean(mark, 80));
}

const tools = [
  {kind: 'Terraform', manager: /^terraform-provider-helm/, edit: 'In the Terraform code, in the helm_release of'},
  {kind: 'Pulumi', manager: /^pulumi-/, edit: 'In the Pulumi program, in the values of the release'},
] as const;

function byManager({release, operator, path}: Traces): Owner | undefined {
  const managers = [
    ...(release?.revisions[0]?.managers ?? []),
    ...(operator?.metadata.managedFields ?? []).flatMap(({manager}) => manager ?? []),
  ];
  for (const {kind, manager, edit} of tools) {
    const found = managers.find((name) => manager.test(name));
    if (found) {
      return {
        kind,
        evidence: `the field manager ${clean(found)}`,
        edit: [`${edit} ${clean(release?.name ?? 'the operator')}:`, ...yamlLines(path)],
      };
    }
  }
  return undefined;
}
