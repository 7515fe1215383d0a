// Every option of the manifests: flags of `manifests send` and `manifests serve`, values of the chart and its schema are made
// from these tables.

import type {Form} from './checks.ts';
import * as forms from './checks.ts';

/** An option. Its default is the empty text, the empty list, or off, where none is named. */
export interface Option {
  /** Name of the flag; in the values of the chart in camel case. */
  readonly name: string;
  readonly what: string;
  /** A text, a list of them, a list of ports, or on and off. */
  readonly holds: 'text' | 'list' | 'ports' | 'switch';
  readonly form?: Form;
  /** The only values. */
  readonly choices?: readonly string[];
  readonly default?: string | boolean | readonly string[] | readonly number[];
  /** Must be given. */
  readonly needed?: true;
  /** What stands for the value in help: `<name>`. */
  readonly helpValue?: string;
  /** The chart has it once for both parts, at the top of its values. */
  readonly shared?: true;
  /** The chart has no such value: Helm itself has it. */
  readonly helms?: true;
}

/** The two programs that manifests are for. */
export type Part = 'send' | 'serve';

const common: readonly Option[] = [
  {
    name: 'image',
    what: 'image that runs; its entry point must be this program',
    holds: 'text',
    form: forms.image,
    needed: true,
    helpValue: '<reference>',
    shared: true,
  },
  {
    name: 'image-pull-secret',
    what: 'Secret to pull the image with; repeatable',
    holds: 'list',
    form: forms.objectName,
    helpValue: '<name>',
    shared: true,
  },
  {
    name: 'fixed-user',
    what: 'run as user and group 65532; else as whom the image or the platform says, as OpenShift wants it',
    holds: 'switch',
    default: true,
    shared: true,
  },
  {
    name: 'namespace',
    what: 'namespace that it runs in',
    holds: 'text',
    form: forms.namespaceName,
    default: 'seldon-usage',
    helpValue: '<name>',
    helms: true,
  },
  {
    name: 'create-namespace',
    what: 'make the namespace too, with the Pod Security level restricted',
    holds: 'switch',
    default: true,
    shared: true,
  },
];

const send: readonly Option[] = [
  ...common,
  {
    name: 'name',
    what: 'name of the objects',
    holds: 'text',
    form: forms.baseName,
    default: 'seldon-usage-send',
    helpValue: '<name>',
  },
  {
    name: 'url',
    what: 'collector to send to; repeatable',
    holds: 'list',
    form: forms.collectorUrl,
    needed: true,
    helpValue: '<url>',
  },
  {name: 'allow-http', what: 'send over plain http too, where others can read the report', holds: 'switch'},
  {
    name: 'ca-config-map',
    what: 'ConfigMap whose key ca.crt has the CAs of collectors, instead of the image’s',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {
    name: 'capacity',
    what: 'which resources of the nodes to report',
    holds: 'text',
    choices: ['known', 'all'],
    default: 'known',
  },
  {
    name: 'omit',
    what: 'leave out an optional field, for example nodes.osImage; repeatable',
    holds: 'list',
    form: forms.optionalField,
    helpValue: '<field>',
  },
  {
    name: 'schedule',
    what: 'when the CronJob runs, in UTC; give each cluster another, or use --period, which spreads them by itself',
    holds: 'text',
    form: forms.schedule,
    default: '17 3 * * *',
    helpValue: '<cron>',
  },
  {
    name: 'period',
    what: 'a Deployment that stays and sends every period, instead of a CronJob',
    holds: 'text',
    form: forms.period,
    helpValue: '<duration>',
  },
  {
    name: 'seldon-namespace',
    what: 'namespace of the Seldon Core operator, which must exist: the cluster’s ID is kept there',
    holds: 'text',
    form: forms.namespaceName,
    default: 'seldon-system',
    helpValue: '<name>',
  },
  {
    name: 'id-config-map',
    what: 'bring the empty ConfigMap seldon-usage that the ID is put into; without it one must be there',
    holds: 'switch',
    default: true,
  },
  {
    name: 'find-operator',
    what: 'allow to list and get Deployments and StatefulSets, so that the version of Seldon Core is reported',
    holds: 'switch',
  },
  {
    name: 'egress-cidr',
    what: 'let it dial only these addresses, besides DNS: of the API server and the collectors; repeatable',
    holds: 'list',
    form: forms.cidr,
    helpValue: '<cidr>',
  },
  {
    name: 'api-server-port',
    what: 'port of the API server, as the network sees it; repeatable',
    holds: 'ports',
    form: forms.port,
    default: [443, 6443],
    helpValue: '<port>',
  },
  {
    name: 'state-storage',
    what: 'keep what waits, what was sent and what was agreed to on a volume of this size; without it each pod begins anew',
    holds: 'text',
    form: forms.bytes,
    helpValue: '<size>',
  },
  {
    name: 'state-storage-class',
    what: 'its class, instead of the cluster’s default',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {name: 'cpu', what: 'CPU to reserve', holds: 'text', form: forms.cpu, default: '50m', helpValue: '<amount>'},
  {
    name: 'memory',
    what: 'memory to reserve, which is the limit too',
    holds: 'text',
    form: forms.bytes,
    default: '256Mi',
    helpValue: '<size>',
  },
];

const serve: readonly Option[] = [
  ...common,
  {
    name: 'name',
    what: 'name of the objects',
    holds: 'text',
    form: forms.baseName,
    default: 'seldon-usage-serve',
    helpValue: '<name>',
  },
  {
    name: 'service-type',
    what: 'how reports come in; LoadBalancer and NodePort keep the addresses of senders',
    holds: 'text',
    choices: ['ClusterIP', 'LoadBalancer', 'NodePort'],
    default: 'ClusterIP',
  },
  {
    name: 'tls-secret',
    what: 'Secret with the certificate for HTTPS (tls.crt, tls.key)',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {
    name: 'ingress-host',
    what: 'take reports through an Ingress for this host; needs --trusted-proxy',
    holds: 'text',
    form: forms.hostName,
    helpValue: '<host>',
  },
  {
    name: 'ingress-class',
    what: 'its class',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {
    name: 'ingress-tls-secret',
    what: 'Secret with its certificate',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {
    name: 'trusted-proxy',
    what: 'believe X-Forwarded-For and the PROXY protocol from these addresses; repeatable',
    holds: 'list',
    form: forms.cidr,
    helpValue: '<cidr>',
  },
  {
    name: 'shared-address',
    what: 'many senders share these addresses: no limits for each; repeatable',
    holds: 'list',
    form: forms.cidr,
    helpValue: '<cidr>',
  },
  {
    name: 'admin-token-secret',
    what: 'Secret whose key token is asked for by the dashboard, which other pods reach then; without it: kubectl port-forward',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {
    name: 'service-monitor',
    what: 'a ServiceMonitor for the Prometheus operator; needs --admin-token-secret',
    holds: 'switch',
  },
  {
    name: 'keep',
    what: 'keep reports so long',
    holds: 'text',
    form: forms.period,
    default: '720h',
    helpValue: '<duration>',
  },
  {
    name: 'postgres-secret',
    what: 'a store in PostgreSQL, and two replicas without a volume: Secret whose key address has postgres://…, and password the password',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {
    name: 'storage',
    what: 'size of the volume for the store',
    holds: 'text',
    form: forms.bytes,
    default: '10Gi',
    helpValue: '<size>',
  },
  {
    name: 'storage-class',
    what: 'its class, instead of the cluster’s default',
    holds: 'text',
    form: forms.objectName,
    helpValue: '<name>',
  },
  {name: 'cpu', what: 'CPU to reserve', holds: 'text', form: forms.cpu, default: '100m', helpValue: '<amount>'},
  {
    name: 'memory',
    what: 'memory to reserve, which is the limit too',
    holds: 'text',
    form: forms.bytes,
    default: '1Gi',
    helpValue: '<size>',
  },
];

/** The options of each part. */
export const options: Readonly<Record<Part, readonly Option[]>> = {send, serve};

/** The value of an option that was not given. */
export function defaultOf({holds, default: value}: Option): string | boolean | readonly string[] | readonly number[] {
  return value ?? (holds === 'switch' ? false : holds === 'text' ? '' : []);
}

/** The name of an option among the values of the chart. */
export function valueName(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
