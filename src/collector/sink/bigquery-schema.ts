import {createHash} from 'node:crypto';
import {type Property, properties} from '../../report/hodometer/properties.ts';
import type {KindName} from '../kinds.ts';
import type {Passed} from '../store/queue.ts';

/** The tables in BigQuery: that of reports is Spartakus' own, that of events has Hodometer's properties. Columns and rows. */

/** A column, as BigQuery's API has it. */
export interface Column {
  readonly name: string;
  readonly type: 'STRING' | 'RECORD' | 'INTEGER' | 'FLOAT' | 'TIMESTAMP';
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly fields?: readonly Column[];
}

const needed = (name: string): Column => ({name, type: 'STRING', mode: 'REQUIRED'});
const optional = (name: string): Column => ({name, type: 'STRING', mode: 'NULLABLE'});
const repeated = (name: string, fields: readonly Column[]): Column => ({
  name,
  type: 'RECORD',
  mode: 'REPEATED',
  fields,
});

const nodeInfo = ['operatingSystem', 'osImage', 'kernelVersion', 'architecture', 'containerRuntimeVersion'];

/** As Spartakus' collector declares them (pkg/database/bigquery.go and the tags of pkg/report/record.go of v1.1.0). */
const ofReports: readonly Column[] = [
  ...['version', 'timestamp', 'clusterID'].map(needed),
  optional('masterVersion'),
  repeated('nodes', [
    needed('id'),
    ...[...nodeInfo, 'kubeletVersion', 'cloudProvider'].map(optional),
    repeated('capacity', ['resource', 'value'].map(needed)),
  ]),
  repeated('extensions', ['name', 'value'].map(needed)),
];

const typeOf: Readonly<Record<Property['type'], Column['type']>> = {
  text: 'STRING',
  unsigned: 'INTEGER',
  float: 'FLOAT',
};

/** Events have no time of their own: `received` is when the collector got it. */
const ofEvents: readonly Column[] = [
  {name: 'received', type: 'TIMESTAMP', mode: 'REQUIRED'},
  ...properties.map(
    ({name, type}): Column => ({name, type: typeOf[type], mode: name === 'cluster_id' ? 'REQUIRED' : 'NULLABLE'}),
  ),
];

export const columns: Readonly<Record<KindName, readonly Column[]>> = {spartakus: ofReports, hodometer: ofEvents};

/** The column with the cluster's ID. */
export const idColumn: Readonly<Record<KindName, string>> = {spartakus: 'clusterID', hodometer: 'cluster_id'};

/** What of a value there is a column for: an unknown key would have the whole row refused. */
function picked(value: Record<string, unknown>, fields: readonly Column[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const {name, fields: inner} of fields) {
    const cell = value[name];
    if (cell === undefined || cell === null) continue;
    row[name] = inner ? (cell as Record<string, unknown>[]).map((one) => picked(one, inner)) : cell;
  }
  return row;
}

/**
 * A report as a row of a request, JSON. The same report has the same `insertId`, by which BigQuery lets go, for a minute or so,
 * what comes twice. It is made from the report too: another collector's numbers can be the same.
 */
export function rowOf({kind, number, received, body}: Passed): string {
  const insertId = createHash('sha256').update(`${number} ${received}\n`).update(body).digest('base64url');
  const value = {...JSON.parse(body), received: new Date(received).toISOString()};
  return JSON.stringify({insertId, json: picked(value, columns[kind])});
}

/** A column that a table has; foreign until checked. */
interface Found {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly mode?: unknown;
  readonly fields?: unknown;
}

/** The other names of types, in what the API answers. */
const sameType: Readonly<Record<string, string>> = {STRUCT: 'RECORD', INT64: 'INTEGER', FLOAT64: 'FLOAT'};

/**
 * Why a table can't take reports; undefined: it can. It may have more columns, unless they are required.
 *
 * @param found columns of the table as the API tells of them
 */
export function unfit(found: unknown, wanted: readonly Column[], above = ''): string | undefined {
  const theirs = Array.isArray(found) ? (found as (Found | null)[]).filter((one) => one !== null) : [];
  for (const {name, type, mode, fields} of wanted) {
    const path = above + name;
    const column = theirs.find((one) => String(one?.name).toLowerCase() === name.toLowerCase());
    if (!column) return `it has no column ${path}`;
    const [itsType, itsMode] = [String(column.type), String(column.mode ?? 'NULLABLE')];
    if ((sameType[itsType] ?? itsType) !== type) return `its column ${path} is not of type ${type}`;
    if ((itsMode === 'REPEATED') !== (mode === 'REPEATED')) return `its column ${path} is not ${mode}`;
    if (itsMode === 'REQUIRED' && mode !== 'REQUIRED')
      return `its column ${path} is REQUIRED, and not every report has it`;
    const inner = fields && unfit(column.fields, fields, `${path}.`);
    if (inner !== undefined) return inner;
  }
  const known = new Set(wanted.map(({name}) => name.toLowerCase()));
  const other = theirs.find(({name, mode}) => mode === 'REQUIRED' && !known.has(String(name).toLowerCase()));
  return other ? `it has a REQUIRED column ${above}${String(other.name)}, which no report has` : undefined;
}
