// The usage objects, field by field, as the eras of the chart make them (rendered from 0.2.7, 0.3.1, 0.4.1, 0.5.1, 1.0.2,
// 1.5.0, 1.11.2 and 1.18.2 of SeldonIO/seldon-core). What is not here is foreign to every era: a record is written by
// whoever may write Secrets in its namespace, and its chart is applied with an administrator's rights.
import {isDeepStrictEqual} from 'node:util';
import {isObject} from '../foreign.ts';
import type {Head} from './documents.ts';
import type {FoundRelease} from './releases.ts';
import {labelValue, ownLabelKey, restrictingContainer, restrictingPod} from './restrictions.ts';
import {
  addition,
  type Check,
  entries,
  exactly,
  type Findings,
  fields,
  listOf,
  single,
  text,
  where,
  withoutNulls,
} from './shape.ts';

/** What may differ from release to release. */
export interface UsageRules {
  /** What may follow the name of the ClusterRole: nothing, or `-` and the namespace of the release. */
  readonly suffixes: readonly string[];
  /** Image that the user accepts besides the eras' own, by the very reference. */
  readonly image?: string;
}

/** Who is given what by the usage objects. */
export interface Grants {
  /** Rules of the ClusterRole, as RBAC has them. */
  readonly rules: readonly unknown[];
  /** `ServiceAccount kube-system/seldon-spartakus-volunteer`. */
  readonly subject: string;
  readonly image: string;
  /** Where the volunteer posts to. */
  readonly collector: string;
  /** What was added to what the chart has, and only restricts or places, by object and path. */
  readonly added: readonly string[];
}

/**
 * The rules for a release: from 1.0 its namespace ends the name of the ClusterRole, from 1.6 `namespaceOverride` in its
 * stead.
 */
export function usageRules(
  {record, namespace}: Pick<FoundRelease, 'record' | 'namespace'>,
  image?: string,
): UsageRules {
  const {chart, config} = record;
  const places = [namespace, config?.namespaceOverride, chart.values?.namespaceOverride];
  const suffixes = places.filter(text(/[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?/)).map((name) => `-${name}`);
  return {suffixes: ['', ...new Set(suffixes)], ...(image === undefined ? {} : {image})};
}

/** The image of every era. */
export const usualImage = 'gcr.io/google_containers/spartakus-amd64:v1.1.0';

const volunteer = 'seldon-spartakus-volunteer';
const config = 'seldon-spartakus-config';
const volume = 'seldon-spartakus-config-volume';
const place = 'kube-system';
const rbac = 'rbac.authorization.k8s.io';

const uuid = /[\da-fA-F]{8}(?:-[\da-fA-F]{4}){3}-[\da-fA-F]{12}/;

/** Without anything that a shell takes for more than a character: from 0.4 it stands in a line for `/bin/sh -c`. */
const url = /https?:\/\/[A-Za-z\d](?:[A-Za-z\d.-]{0,252})(?::\d{1,5})?(?:\/[\w.~%/+,:@-]{0,1000})?/;

/** A version of Seldon Core; `seldon-core-version` is the only key there ever was. */
const extensions = /\{ ?"seldon-core-version" ?: ?"[\w.+-]{1,64}" ?\}/;

const shellLine = new RegExp(
  String.raw`/spartakus volunteer --cluster-id=(?:\$\(cat /proc/sys/kernel/random/uuid\)|${uuid.source}) --database=(${url.source}) --extensions=/etc/config/spartakus_volunteer_extensions`,
);

const anyLabels = entries(ownLabelKey, labelValue);

/** What the chart itself has in 0.3 and 0.4. */
const usualLabels = /^(?:app\.kubernetes\.io\/(?:name|instance|managed-by)|helm\.sh\/chart)$/;

const labels: Check = (value, path, findings) => {
  const usual = isObject(value) && Object.keys(value).every((key) => usualLabels.test(key));
  (usual ? anyLabels : addition(anyLabels))(value, path, findings);
};

const metadata = (name: Check, namespaced: boolean) =>
  fields({name, ...(namespaced ? {namespace: exactly(place)} : {})}, {labels});

const configKey = (key: string) => fields({configMapKeyRef: fields({name: exactly(config), key: exactly(key)})});

const env = (name: string, key: string) => fields({name: exactly(name), valueFrom: configKey(key)});

/** The two entries up to 0.3, in either order; none, or an empty list, from 0.4. */
const environment: Check = (value, path, findings) => {
  if (isDeepStrictEqual(value, [])) return;
  const sorted = Array.isArray(value) ? [...value].sort((a, b) => (String(a?.name) < String(b?.name) ? -1 : 1)) : value;
  if (!Array.isArray(sorted) || sorted.length !== 2)
    return listOf(exactly(), 0)(value === undefined ? null : value, path, findings);
  env('SPARTAKUS_VOLUNTEER_CLUSTERID', 'spartakus.volunteer.clusterid')(sorted[0], `${path}[0]`, findings);
  env('SPARTAKUS_VOLUNTEER_DATABASE', 'spartakus.volunteer.database')(sorted[1], `${path}[1]`, findings);
};

const oldArgs = [
  'volunteer',
  '--cluster-id=$(SPARTAKUS_VOLUNTEER_CLUSTERID)',
  '--database=$(SPARTAKUS_VOLUNTEER_DATABASE)',
  '--extensions=/etc/config/spartakus.volunteer.extensions',
];

const args: Check = (value, path, findings) => {
  if (isDeepStrictEqual(value, oldArgs)) return;
  if (!Array.isArray(value) || value[0] !== '-c') return exactly(oldArgs)(value, path, findings);
  exactly('-c')(value[0], `${path}[0]`, findings);
  where(text(shellLine))(value[1], `${path}[1]`, findings);
  for (const [i, more] of value.slice(2).entries()) exactly()(more, `${path}[${i + 2}]`, findings);
};

/** With the arguments up to 0.3 the image's own program runs; from 0.4 a shell does. */
const container =
  (rules: UsageRules): Check =>
  (value, path, findings) => {
    const shell = isObject(value) && Array.isArray(value.args) && value.args[0] === '-c';
    const image = exactly(usualImage, ...(rules.image === undefined ? [] : [rules.image]));
    fields(
      {
        name: exactly(volunteer),
        image,
        args,
        volumeMounts: single(fields({name: exactly(volume), mountPath: exactly('/etc/config')})),
        ...(shell ? {command: exactly(['/bin/sh'])} : {env: environment}),
      },
      {...(shell ? {env: exactly([])} : {}), ...restrictingContainer},
    )(value, path, findings);
  };

const volunteerLabels: Check = (value, path, findings) => {
  if (!isObject(value)) return exactly({app: volunteer})(value, path, findings);
  const {app, ...others} = value;
  exactly(volunteer)(app, `${path}.app`, findings);
  if (Object.keys(others).length > 0) labels(others, path, findings);
};

const deployment = (rules: UsageRules): Check =>
  fields({
    apiVersion: exactly('apps/v1', 'extensions/v1beta1'),
    kind: exactly('Deployment'),
    metadata: metadata(exactly(volunteer), true),
    spec: fields(
      {
        replicas: exactly(1),
        template: fields({
          metadata: fields({labels: volunteerLabels}),
          spec: fields(
            {
              serviceAccountName: exactly(volunteer),
              containers: single(container(rules)),
              volumes: single(fields({name: exactly(volume), configMap: fields({name: exactly(config)})})),
            },
            restrictingPod,
          ),
        }),
      },
      {selector: exactly({matchLabels: {app: volunteer}})},
    ),
  });

/** The three forms of the content, told by their keys. */
const data: Check = (value, path, findings) => {
  const keys = isObject(value) ? Object.keys(value) : [];
  if (keys.includes('version.properties')) {
    const line = new RegExp(`spartakus_volunteer_extensions='${extensions.source}'\\n?`);
    return fields({'version.properties': where(text(line))})(value, path, findings);
  }
  if (keys.includes('spartakus_volunteer_extensions'))
    return fields({spartakus_volunteer_extensions: where(text(extensions))})(value, path, findings);
  return fields({
    'spartakus.volunteer.clusterid': where(text(uuid)),
    'spartakus.volunteer.database': where(text(url)),
    'spartakus.volunteer.extensions': where(text(extensions)),
  })(value, path, findings);
};

const rule = {apiGroups: [''], resources: ['nodes'], verbs: ['list']};

/** The check of each kind; each is there exactly once. */
function checks(rules: UsageRules): Readonly<Record<string, Check>> {
  const roleName = exactly(...rules.suffixes.map((suffix) => `${volunteer}${suffix}`));
  const rbacVersion = exactly(`${rbac}/v1`, `${rbac}/v1beta1`);
  return {
    ServiceAccount: fields(
      {apiVersion: exactly('v1'), kind: exactly('ServiceAccount'), metadata: metadata(exactly(volunteer), true)},
      {imagePullSecrets: restrictingPod.imagePullSecrets!},
    ),
    ConfigMap: fields({
      apiVersion: exactly('v1'),
      kind: exactly('ConfigMap'),
      metadata: metadata(exactly(config), true),
      data,
    }),
    ClusterRole: fields({
      apiVersion: rbacVersion,
      kind: exactly('ClusterRole'),
      metadata: metadata(roleName, false),
      rules: exactly([rule]),
    }),
    ClusterRoleBinding: fields({
      apiVersion: rbacVersion,
      kind: exactly('ClusterRoleBinding'),
      metadata: metadata(roleName, false),
      roleRef: fields({apiGroup: exactly(rbac), kind: exactly('ClusterRole'), name: roleName}),
      subjects: single(
        fields(
          {kind: exactly('ServiceAccount'), name: exactly(volunteer), namespace: exactly(place)},
          {apiGroup: exactly('')},
        ),
      ),
    }),
    Deployment: deployment(rules),
  };
}

/** A usage object as it was rendered: what it says, and how it is named for people. */
export interface Rendering {
  readonly head: Pick<Head, 'kind' | 'name'>;
  readonly object: Record<string, unknown>;
}

/** What a check of all usage objects brings. */
export interface CheckedUsage extends Findings {
  /** The objects as they may be applied, in the given order. */
  readonly objects: readonly Record<string, unknown>[];
}

/**
 * Holds the usage objects against what the eras make. `refused` is empty where all of them may be applied.
 *
 * @param renderings without annotations that a Helm adds on the way
 */
export function checkUsage(renderings: readonly Rendering[], rules: UsageRules): CheckedUsage {
  const byKind = checks(rules);
  const all: CheckedUsage = {refused: [], added: [], objects: renderings.map(({object}) => compact(object))};
  for (const kind of Object.keys(byKind)) {
    const count = renderings.filter(({head}) => head.kind === kind).length;
    if (count !== 1) all.refused.push(count === 0 ? `there is no ${kind}` : `there are ${count} of the kind ${kind}`);
  }
  for (const [i, {head}] of renderings.entries()) {
    const found: Findings = {refused: [], added: []};
    const check = Object.hasOwn(byKind, head.kind) ? byKind[head.kind]! : exactly();
    check(all.objects[i], '', found);
    for (const name of ['refused', 'added'] as const)
      all[name].push(...found[name].map((line) => `${head.kind} ${head.name}: ${line}`));
  }
  const names = new Set([
    nameIn(all.objects, 'ClusterRole', 'metadata'),
    nameIn(all.objects, 'ClusterRoleBinding', 'metadata'),
    nameIn(all.objects, 'ClusterRoleBinding', 'roleRef'),
  ]);
  if (all.refused.length === 0 && names.size > 1)
    all.refused.push('ClusterRoleBinding: roleRef.name is another ClusterRole than the one beside it');
  return all;
}

function compact(object: Record<string, unknown>): Record<string, unknown> {
  return withoutNulls(object) as Record<string, unknown>;
}

function nameIn(objects: readonly Record<string, unknown>[], kind: string, field: string): unknown {
  const found = objects.find((object) => object.kind === kind)?.[field];
  return isObject(found) ? found.name : undefined;
}

/** What usage objects that passed give to whom. */
export function grantsOf({objects, added}: CheckedUsage): Grants {
  // biome-ignore lint/suspicious/noExplicitAny: every field was checked
  const of = (kind: string): any => objects.find((object) => object.kind === kind);
  const [container] = of('Deployment').spec.template.spec.containers;
  const [subject] = of('ClusterRoleBinding').subjects;
  const shell = new RegExp(`^${shellLine.source}$`).exec(container.args[1]);
  return {
    rules: of('ClusterRole').rules,
    subject: `${subject.kind} ${subject.namespace}/${subject.name}`,
    image: container.image,
    collector: shell?.[1] ?? of('ConfigMap').data['spartakus.volunteer.database'] ?? '',
    added,
  };
}
