import {gunzipSync} from 'node:zlib';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {requireBoundedJson} from '../host/bounded-json.ts';
import {isExactObject, parseExact, sameFolded} from './exact-json.ts';

/** A file of a chart as the record holds it: its bytes as base64. */
export interface ChartFile {
  readonly name: string;
  /** Null: an empty file. */
  readonly data: string | null;
  /** Helm 4: when the file was changed, RFC 3339. */
  readonly modtime?: string;
}

/** What Helm's record says of the chart; subcharts are not in it. */
export interface Chart {
  readonly metadata: {
    readonly name: string;
    readonly version: string;
    readonly annotations?: Readonly<Record<string, string>> | null;
    readonly dependencies?: readonly {readonly name?: string}[] | null;
  };
  readonly lock: unknown;
  readonly templates: readonly ChartFile[] | null;
  readonly values: Record<string, unknown> | null;
  /** JSON schema of the values as base64. */
  readonly schema: string | null;
  /** Helm 4: of the schema, and of Chart.yaml. */
  readonly schemamodtime?: string;
  readonly modtime?: string;
  readonly files: readonly ChartFile[] | null;
}

/** One revision of a release: pkg/release of Helm, as far as it matters here. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly info: {
    readonly status: string;
    readonly description?: string;
    readonly first_deployed?: string;
    readonly last_deployed?: string;
  };
  readonly chart: Chart;
  /** The user's values. */
  readonly config?: Record<string, unknown> | null;
  readonly manifest: string;
  readonly hooks?: readonly Hook[] | null;
  /** Helm 4: how the objects were applied, `ssa` or `csa`. */
  readonly apply_method?: string;
}

/** A hook of the chart; Helm keeps it apart from the manifest. */
export interface Hook {
  readonly name: string;
  readonly kind: string;
  readonly path: string;
  readonly manifest: string;
}

/** Longest record as it is stored, characters: a Secret or ConfigMap holds 1 MiB. */
const mostStored = 4 * 1024 * 1024;

/**
 * Longest record that is unpacked, bytes: twenty times what a Secret holds of it packed. The largest of Seldon's charts
 * unpack to a third of that.
 */
export const mostUnpacked = 14 * 1024 * 1024;

/** A record of Seldon's charts holds some hundred values, the user's own among them. */
const bounds = {depth: 100, values: 100_000};

/**
 * Unpacks a record as Helm's storage driver keeps it: base64 of gzip of JSON, or base64 of plain JSON (old records).
 *
 * @param charts names of charts that matter: of a record that has none of them undefined is answered, without reading it
 * @returns the record, and the characters of its JSON
 * @throws {UserError} input, if it is none, or larger than any record is
 */
export function decodeRecord(
  encoded: string,
  place: string,
  charts: readonly string[] = [],
): {record: Release; unpacked: number} | undefined {
  try {
    if (encoded.length > mostStored) throw new Error(`it takes ${encoded.length} bytes`);
    const bytes = unpack(Buffer.from(encoded, 'base64'));
    if (charts.length > 0 && isWhole(bytes) && !charts.some((name) => bytes.includes(`"${name}"`))) return undefined;
    requireBoundedJson(bytes, bounds);
    const json = bytes.toString('utf8');
    const record = parseExact(json);
    const problem = shapeProblem(record);
    if (problem) throw new Error(problem);
    return {record: record as Release, unpacked: json.length};
  } catch (error) {
    throw new UserError('input', `The Helm record ${place} can't be read: ${clean(reasonOf(error), 100)}.`, {
      suggestions: [
        'Does helm list -A show the release? The record may be damaged, or of a Helm unknown to this tool.',
      ],
      cause: error,
    });
  }
}

function unpack(bytes: Buffer): Buffer {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
  return packed ? gunzipSync(bytes, {maxOutputLength: mostUnpacked}) : bytes;
}

/** An object from the first byte to the last; what was cut off is damaged, whatever is in it. */
function isWhole(bytes: Buffer): boolean {
  return bytes[0] === 0x7b && bytes.at(-1) === 0x7d;
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it is not JSON';
  const {code, message} = error as NodeJS.ErrnoException;
  if (code === 'ERR_BUFFER_TOO_LARGE') return `it unpacks to more than ${mostUnpacked} bytes`;
  return code?.startsWith('Z_') ? 'it is not gzip' : message;
}

type Shape = (value: unknown) => boolean;
const isText: Shape = (value) => typeof value === 'string';
const isAbsent: Shape = (value) => value === undefined || value === null;
const maybe =
  (shape: Shape): Shape =>
  (value) =>
    isAbsent(value) || shape(value);
const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
const withFields =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isExactObject(value) && Object.entries(fields).every(([name, shape]) => shape(value[name]));

const isFile = withFields({name: isText, data: maybe(isText), modtime: maybe(isText)});

/** The types that the rest of the program relies on. */
const parts: Readonly<Record<string, Shape>> = {
  name: isText,
  namespace: maybe(isText),
  version: Number.isSafeInteger,
  manifest: isText,
  config: maybe(isExactObject),
  hooks: maybe(listOf(withFields({manifest: isText}))),
  info: withFields({
    status: (value) => isText(value) && value !== '',
    description: maybe(isText),
    last_deployed: maybe(isText),
  }),
  chart: withFields({
    metadata: withFields({
      name: (value) => isText(value) && value !== '',
      version: isText,
      annotations: maybe((value) => isExactObject(value) && Object.values(value).every(isText)),
      dependencies: maybe(listOf(isExactObject)),
    }),
    templates: maybe(listOf(isFile)),
    files: maybe(listOf(isFile)),
    values: maybe(isExactObject),
    schema: maybe(isText),
    modtime: maybe(isText),
    schemamodtime: maybe(isText),
  }),
};

/** Go's JSON takes `MANIFEST` for `manifest`, and of two the last: what was checked would not be what Helm reads. */
function oddKey(object: Record<string, unknown>, known: readonly string[]): string | undefined {
  return Object.keys(object).find((key) => !known.includes(key) && known.some((one) => sameFolded(key, one)));
}

/** The fields that Helm reads into a structure, by where they are (pkg/release and pkg/chart of Helm). */
const structures: readonly [fields: readonly string[], objects: (record: Release) => unknown[]][] = [
  [[...Object.keys(parts), 'labels', 'apply_method'], (record) => [record]],
  [['first_deployed', 'last_deployed', 'deleted', 'description', 'status', 'notes', 'resources'], ({info}) => [info]],
  [
    [...['metadata', 'lock', 'templates', 'values', 'schema', 'files', 'modtime', 'schemamodtime']],
    ({chart}) => [chart],
  ],
  [
    [
      ...['name', 'home', 'sources', 'version', 'description', 'keywords', 'maintainers', 'icon', 'apiVersion'],
      ...['condition', 'tags', 'appVersion', 'deprecated', 'annotations', 'kubeVersion', 'dependencies', 'type'],
    ],
    ({chart}) => [chart.metadata],
  ],
  [['name', 'data', 'modtime'], ({chart}) => [...(chart.templates ?? []), ...(chart.files ?? [])]],
  [
    [...['name', 'kind', 'path', 'manifest', 'events', 'last_run', 'weight', 'delete_policies', 'output_log_policies']],
    ({hooks}) => [...(hooks ?? [])],
  ],
];

function shapeProblem(record: unknown): string | undefined {
  if (!isExactObject(record)) return 'it is not an object';
  const wrong = Object.entries(parts).find(([name, shape]) => !shape(record[name]));
  if (wrong) return `its ${wrong[0]} is missing or not what Helm writes`;
  for (const [known, objects] of structures)
    for (const object of objects(record as unknown as Release)) {
      const odd = oddKey(object as Record<string, unknown>, known);
      if (odd !== undefined) return `it has the key ${JSON.stringify(odd)}, which Go takes for another`;
    }
  return undefined;
}
