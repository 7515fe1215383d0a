// What the Pods of both parts have in common: the level restricted of the Pod Security Standards, and a root file system
// that nobody writes to.
import {each, given, item, type Template, value, when} from './template.ts';

/** User and group of the images without a shell that are called nonroot; the image's own files need no owner. */
const nonRoot = 65_532;
const fixed = given('fixed-user');

/** Where a volume is mounted that the program writes to. */
export const ownFolder = '/var/lib/seldon-usage';

const ports = (...numbers: readonly number[]): Template[] =>
  numbers.flatMap((port) => [
    {protocol: 'UDP', port},
    {protocol: 'TCP', port},
  ]);

/** A way out for names. Networks see the port of a pod, not of its Service: OpenShift's pods of DNS listen on 5353. */
export const namesEgress: Template = {ports: ports(53, 5353)};

/** Ways out to the ports that follow from the options, and to the addresses where some are named. */
export const portsEgress: Template = {
  ports: [each('egress-ports', {protocol: 'TCP', port: item})],
  to: when(given('egress-cidr'), [each('egress-cidr', {ipBlock: {cidr: item}})]),
};

/** Labels by which the Pods of a part are selected. They never change: a selector can't be changed. */
export function selector(part: 'send' | 'serve'): {[label: string]: Template} {
  return {
    'app.kubernetes.io/name': 'seldon-usage',
    'app.kubernetes.io/instance': value('name'),
    'app.kubernetes.io/component': part,
  };
}

/** The metadata of an object of a part; `namespace: undefined` is for what belongs to the whole cluster. */
export function metadata(
  part: 'send' | 'serve',
  {name = value('name'), namespace = value('namespace')}: {name?: Template; namespace?: Template | null} = {},
): {[key: string]: Template} {
  return {
    name,
    ...(namespace === null ? {} : {namespace}),
    labels: {...selector(part), 'app.kubernetes.io/part-of': 'seldon-usage'},
  };
}

/** The namespace, in which nothing runs that is not restricted. */
export const namespace: Template = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: value('namespace'),
    labels: {
      'app.kubernetes.io/part-of': 'seldon-usage',
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/audit': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  },
};

/** The ServiceAccount of a part. The Pod says whether it gets a token. */
export function serviceAccount(part: 'send' | 'serve'): Template {
  return {apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(part), automountServiceAccountToken: false};
}

export interface PodParts {
  readonly args: readonly Template[];
  readonly env: readonly Template[];
  readonly mounts: readonly Template[];
  readonly volumes: readonly Template[];
  /** Whether it speaks to the API server. */
  readonly token: boolean;
  /** More fields of the container, and of the Pod. */
  readonly container?: {readonly [key: string]: Template};
  readonly pod?: {readonly [key: string]: Template};
}

/** A Pod of a part, as a template of whatever makes it. */
export function podTemplate(part: 'send' | 'serve', parts: PodParts): Template {
  return {
    metadata: {labels: {...selector(part), 'app.kubernetes.io/part-of': 'seldon-usage'}},
    spec: {
      serviceAccountName: value('name'),
      automountServiceAccountToken: parts.token,
      enableServiceLinks: false,
      imagePullSecrets: when(given('image-pull-secret'), [each('image-pull-secret', {name: item})]),
      nodeSelector: {'kubernetes.io/os': 'linux'},
      securityContext: {
        runAsNonRoot: true,
        runAsUser: when(fixed, nonRoot),
        runAsGroup: when(fixed, nonRoot),
        fsGroup: when(fixed, nonRoot),
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: {type: 'RuntimeDefault'},
      },
      ...parts.pod,
      containers: [
        {
          name: part,
          image: value('image'),
          args: parts.args,
          env: parts.env,
          ...parts.container,
          resources: {
            requests: {cpu: value('cpu'), memory: value('memory')},
            limits: {memory: value('memory')},
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: {drop: ['ALL']},
          },
          volumeMounts: parts.mounts,
        },
      ],
      volumes: parts.volumes,
    },
  };
}

/** A variable of the container. */
export function variable(name: string, content: Template): Template {
  return {name, value: content};
}

/** A Secret as files that its owner and its group may read. */
export function secretVolume(name: string, secret: string): Template {
  return {name, secret: {secretName: value(secret), defaultMode: 0o440}};
}

/** The ConfigMap with the CAs that are trusted. */
export const authoritiesVolume: Template = {
  name: 'ca',
  configMap: {name: value('ca-config-map'), items: [{key: 'ca.crt', path: 'ca.crt'}]},
};

/** Where a folder of files is mounted that the program only reads. */
export function readOnly(name: string, mountPath: string): Template {
  return {name, mountPath, readOnly: true};
}
