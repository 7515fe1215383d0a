import {gunzipSync} from 'node:zlib';
import {UserError} from '../errors.ts';
import {parseExact} from './exact-json.ts';

/** A file of a chart as the record holds it: its bytes as base64. */
export interface ChartFile {
  readonly name: string;
  readonly data: string;
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

/** Longest record that is unpacked, bytes: 1 MiB of gzip holds no more of anything that is text. */
const most = 256 * 1024 * 1024;

/**
 * Unpacks a record as Helm's storage driver keeps it: base64 of gzip of JSON, or base64 of plain JSON (old records).
 *
 * @returns the record, and its JSON
 * @throws {UserError} input, if it is none
 */
export function decodeRecord(encoded: string, place: string): {record: Release; json: string} {
  try {
    const bytes = Buffer.from(encoded, 'base64');
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
    const json = (packed ? gunzipSync(bytes, {maxOutputLength: most}) : bytes).toString('utf8');
    const record = parseExact(json) as Partial<Release>;
    if (typeof record.manifest !== 'string' || !record.chart?.metadata?.name || !record.info?.status)
      throw new Error('it lacks its manifest, chart or status');
    return {record: record as Release, json};
  } catch (error) {
    throw new UserError('input', `The Helm record ${place} can't be read.`, {
      suggestions: [
        'Does helm list -A show the release? The record may be damaged, or of a Helm unknown to this tool.',
      ],
      cause: error,
    });
  }
}
