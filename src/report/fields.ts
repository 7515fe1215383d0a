/**
 * The allow-list: every field that a report may hold, in the order in which Spartakus emits them. The builder, the
 * checker, the encoder, the collector, PRIVACY.md and `show --explain` all read this table; what is not in it does not
 * leave, and is not accepted.
 */

/** One row of the table. Lengths are in UTF-16 code units, counts in items. */
export interface Field {
  /** Path as users write it: `masterVersion`, `nodes.osImage`, `nodes.capacity.value`. */
  readonly path: string;
  readonly type: 'string' | 'list';
  /** A report without it is not a report. Optional fields can be left out with `--omit`. */
  readonly required: boolean;
  /** What the recipient learns from it. */
  readonly why: string;
  /** Where the value comes from, in Kubernetes' own terms. */
  readonly source: string;
  /** The version of seldon-usage that first sent it. */
  readonly since: string;
  /** Shortest allowed string. */
  readonly min?: number;
  /** Longest allowed string, or most items of a list. */
  readonly max: number;
  /** Form of the string, where there is one, and how to say it. */
  readonly pattern?: {readonly expression: RegExp; readonly says: string};
}

const text = {type: 'string', required: false, since: '0.1.0', max: 1024} as const;
const name = {type: 'string', required: true, since: '0.1.0', min: 1} as const;

export const fields = [
  {
    ...name,
    path: 'version',
    max: 256,
    why: 'which program built the report, so that a mistake in one version can be told apart',
    source: 'the version of this program',
  },
  {
    ...name,
    path: 'timestamp',
    max: 20,
    pattern: {expression: /^\d+$/, says: 'UNIX seconds as a string of digits'},
    why: 'when the report was built, so that old ones are not counted as new',
    source: 'the clock of the machine that builds the report, UNIX seconds',
  },
  {
    ...name,
    path: 'clusterID',
    max: 256,
    why: 'counts a cluster once, however often it reports',
    source: 'a random UUID (ConfigMap seldon-usage), derived from nothing',
  },
  {...text, path: 'masterVersion', why: 'which Kubernetes versions are in use', source: 'gitVersion of GET /version'},
  {
    ...text,
    type: 'list',
    path: 'nodes',
    max: 200_000,
    why: 'how large clusters are and what they are made of',
    source: 'GET /api/v1/nodes',
  },
  {
    ...name,
    path: 'nodes.id',
    max: 128,
    why: 'tells nodes apart between reports without naming them',
    source: 'md5 of metadata.name, status.nodeInfo.machineID and status.nodeInfo.systemUUID together',
  },
  {
    ...text,
    path: 'nodes.operatingSystem',
    why: 'which operating systems are in use',
    source: 'status.nodeInfo.operatingSystem',
  },
  {...text, path: 'nodes.osImage', why: 'which distributions are in use', source: 'status.nodeInfo.osImage'},
  {...text, path: 'nodes.kernelVersion', why: 'which kernels are in use', source: 'status.nodeInfo.kernelVersion'},
  {
    ...text,
    path: 'nodes.architecture',
    why: 'which processor architectures need images',
    source: 'status.nodeInfo.architecture',
  },
  {
    ...text,
    path: 'nodes.containerRuntimeVersion',
    why: 'which container runtimes are in use',
    source: 'status.nodeInfo.containerRuntimeVersion',
  },
  {
    ...text,
    path: 'nodes.kubeletVersion',
    why: 'how far nodes lag behind the API server',
    source: 'status.nodeInfo.kubeletVersion',
  },
  {
    ...text,
    path: 'nodes.cloudProvider',
    why: 'where clusters run',
    source: 'the scheme of spec.providerID if it is a well-known cloud, else unknown',
  },
  {
    ...text,
    type: 'list',
    path: 'nodes.capacity',
    max: 1024,
    why: 'how much CPU, memory and which devices there are',
    source: 'status.capacity, well-known resource names only unless --capacity all is given',
  },
  {
    ...name,
    path: 'nodes.capacity.resource',
    max: 512,
    why: 'which resource the value counts',
    source: 'a key of status.capacity',
  },
  {
    ...name,
    path: 'nodes.capacity.value',
    max: 64,
    why: 'how much of it the node has',
    source: 'its value, as a canonical Kubernetes quantity',
  },
  {
    ...text,
    type: 'list',
    path: 'extensions',
    max: 1024,
    why: 'which Seldon Core version is in use, and what the operator adds by hand',
    source: 'the label or the image tag of the Seldon Core operator, and the files given with --extensions',
  },
  {
    ...name,
    path: 'extensions.name',
    max: 512,
    why: 'what the value is',
    source: 'seldon-core-version, or a key of a file',
  },
  {
    ...name,
    path: 'extensions.value',
    min: 0,
    max: 8192,
    why: 'the value of the extension',
    source: 'the version of Seldon Core, or a value of a file',
  },
] as const satisfies readonly Field[];

/** Path of a row of the table. */
export type FieldPath = (typeof fields)[number]['path'];

/** The fields of `--omit`: what a report can do without. Inside a list only whole fields of a node can go. */
export const optionalFields: readonly FieldPath[] = fields.filter((field) => !field.required).map(({path}) => path);

/** The last part of a path, which is the key in the JSON of a report. */
export function fieldName(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** The rows directly below `parent` (`''`: the report itself), in the order in which they are emitted. */
export function fieldsOf(parent: '' | 'nodes' | 'nodes.capacity' | 'extensions'): readonly Field[] {
  const prefix = parent && `${parent}.`;
  return fields.filter(({path}) => path.startsWith(prefix) && !path.slice(prefix.length).includes('.'));
}
