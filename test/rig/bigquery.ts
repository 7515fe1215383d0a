// A BigQuery at work as far as a sink needs it: the REST API's tables, streamed rows and the two questions of an erasure, by
// plain HTTP on loopback. Rows that were streamed stay in the buffer, where nothing can be deleted, until they are flushed.
import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import type {ServerResponse} from 'node:http';
import {join} from 'node:path';
import type {Column} from '../../src/collector/sink/bigquery-schema.ts';
import {type SeenRequest, startScripted} from './scripted.ts';

/** A row, and what the API was told of it. */
export interface StreamedRow {
  readonly insertId: string;
  readonly json: Record<string, unknown> & {clusterID: string};
  /** The name of its table. */
  readonly of?: string;
}

/** A table as it was made or given. */
interface GivenTable {
  schema: {fields: readonly unknown[]};
  type: string;
  timePartitioning?: unknown;
}

/** An answer instead of the real one; of insertAll after the rows were taken, if `after` says so. */
interface Fault {
  /** What is asked: `insertAll`, `queries`, `tables`, `token`. */
  readonly of: string;
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly after?: boolean;
}

export interface ScriptedBigQuery {
  /** For a program that is to reach it: with it Google's client dials nobody else. */
  readonly env: Record<string, string>;
  readonly requests: readonly SeenRequest[];
  /** Each once, as far as `insertId` tells; of the table of reports, unless another one is named. */
  rows(table?: string): StreamedRow['json'][];
  /** The table of reports. */
  table?: GivenTable | undefined;
  /** That of events. */
  events?: GivenTable | undefined;
  /** Answers of the next requests. */
  readonly faults: Fault[];
  /** Why rows are refused, by what they are. */
  judge: (row: StreamedRow['json'], at: number) => string | undefined;
  /** Seconds that a token is good for. */
  expires: number;
  /** Rows leave the streaming buffer. */
  flush(): void;
  close(): Promise<void>;
}

/** Where a table is, by its name. */
const places: Readonly<Record<string, 'table' | 'events'>> = {reports: 'table', reports_core2: 'events'};

/** Word that every secret of it has in it. */
export const secretWord = 'planted-secret';

/** @param folder that credentials are written into */
export async function startBigQuery(folder: string): Promise<ScriptedBigQuery> {
  let streamed: StreamedRow[] = [];
  let stored: StreamedRow[] = [];
  const faults: Fault[] = [];
  const say = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, {'content-type': 'application/json', ...headers}).end(JSON.stringify(body));
  };
  const error = (code: number, reason: string, message = '') => ({error: {code, message, errors: [{reason, message}]}});
  const insert = (of: string, {rows, skipInvalidRows}: {rows: StreamedRow[]; skipInvalidRows?: boolean}) => {
    const fields = (rig[places[of]!]?.schema.fields ?? []) as Column[];
    const errors = rows.flatMap((row, index) => {
      const reason = whyInvalid(row.json, fields) ?? rig.judge(row.json, index);
      return reason === undefined
        ? []
        : [{index, errors: [{reason, location: 'version', message: JSON.stringify(row)}]}];
    });
    const refused = new Set(errors.map(({index}) => index));
    if (refused.size > 0 && !skipInvalidRows)
      return {
        insertErrors: rows.map(
          (_, index) => errors.find((one) => one.index === index) ?? {index, errors: [{reason: 'stopped'}]},
        ),
      };
    const taken = rows.filter((_, index) => !refused.has(index));
    for (const row of taken)
      if (![...streamed, ...stored].some((one) => one.of === of && one.insertId === row.insertId))
        streamed.push({...row, of});
    return errors.length > 0 ? {insertErrors: errors} : {};
  };
  const ask = ({
    query,
    queryParameters,
  }: {
    query: string;
    queryParameters: {parameterValue: {arrayValues: {value: string}[]}}[];
  }) => {
    const hashes = queryParameters[0]!.parameterValue.arrayValues.map(({value}) => value);
    const asked =
      /^(DELETE|SELECT COUNT\(\*\) AS rows_left) FROM `project-1\.usage\.(reports|reports_core2)` WHERE TO_HEX\(SHA256\((clusterID|cluster_id)\)\) IN UNNEST\(@hashes\)$/.exec(
        query,
      );
    if (!asked) throw new Error(`a question that is not known: ${query}`);
    const isMeant = ({json, of}: StreamedRow) =>
      of === asked[2] && hashes.includes(createHash('sha256').update(String(json[asked[3]!])).digest('hex'));
    if (asked[1] !== 'DELETE') {
      const fields = [{name: 'rows_left', type: 'INTEGER', mode: 'NULLABLE'}];
      return {
        schema: {fields},
        rows: [{f: [{v: String([...streamed, ...stored].filter(isMeant).length)}]}],
        totalRows: '1',
      };
    }
    if (streamed.some(isMeant)) return undefined;
    stored = stored.filter((row) => !isMeant(row));
    return {numDmlAffectedRows: '1'};
  };
  const server = await startScripted({
    tls: false,
    routes: {
      '*': (request, response, seen) => {
        const path = seen.path.replace(/^\/bigquery\/v2/, '');
        const of = /(insertAll|queries|token|tables)[^/]*(\/[^/]*)?$/.exec(path)?.[1] ?? '';
        const fault = faults.findIndex((one) => one.of === of);
        const {status, body, headers, after} = fault < 0 ? ({} as Partial<Fault>) : faults.splice(fault, 1)[0]!;
        if (status !== undefined && !after) {
          if (status === 0) return void request.socket.destroy();
          return say(response, status, body ?? error(status, 'backendError', secretWord), headers);
        }
        if (of === 'token')
          return say(response, 200, {
            access_token: `${secretWord}-token`,
            expires_in: rig.expires,
            token_type: 'Bearer',
          });
        if (seen.headers.authorization !== `Bearer ${secretWord}-token`)
          return say(response, 401, error(401, 'authError'));
        const base = '/projects/project-1/datasets/usage/tables';
        if (seen.method === 'POST' && path === base) {
          const made = JSON.parse(seen.body);
          const place = places[made.tableReference.tableId]!;
          if (rig[place]) return say(response, 409, error(409, 'duplicate'));
          rig[place] = {type: 'TABLE', ...made};
          return say(response, 200, {...rig[place], location: 'EU'});
        }
        if (path === '/projects/project-1/queries') {
          const answer = ask(JSON.parse(seen.body));
          const jobReference = {projectId: 'project-1', jobId: 'job', location: 'EU'};
          if (answer) return say(response, 200, {jobComplete: true, jobReference, ...answer});
          const message =
            'UPDATE or DELETE statement over table project-1.usage.reports would affect rows in the streaming buffer, which is not supported';
          return say(response, 400, error(400, 'invalidQuery', message));
        }
        const [, id, isInsert] =
          /^\/(\w+)(\/insertAll)?$/.exec(path.startsWith(base) ? path.slice(base.length) : '') ?? [];
        const place = places[id ?? ''];
        const table = place && rig[place];
        if (!table) return say(response, 404, error(404, 'notFound', `Not found: ${path}`));
        if (!isInsert) return say(response, 200, {...table, location: 'EU'});
        const answer = insert(id!, JSON.parse(seen.body));
        if (after) return void request.socket.destroy();
        say(response, 200, answer);
      },
    },
  });
  // Credentials of workload identity: the only kind that names who is asked for a token.
  const subject = join(folder, 'subject');
  writeFileSync(subject, `${secretWord}-subject`);
  const credentials = join(folder, 'credentials.json');
  writeFileSync(
    credentials,
    JSON.stringify({
      type: 'external_account',
      audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/p',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `${server.url}/v1/token`,
      credential_source: {file: subject},
    }),
  );
  const rig: ScriptedBigQuery = {
    env: {
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      BIGQUERY_EMULATOR_HOST: `${server.url}/bigquery/v2`,
      METADATA_SERVER_DETECTION: 'none',
    },
    requests: server.requests,
    rows: (table = 'reports') => [...stored, ...streamed].filter(({of}) => of === table).map(({json}) => json),
    table: undefined,
    faults,
    judge: () => undefined,
    expires: 3600,
    flush() {
      stored.push(...streamed);
      streamed = [];
    },
    close: server.close,
  };
  return rig;
}

/** Why a row does not fit the columns, as BigQuery has it. */
function whyInvalid(row: Record<string, unknown>, fields: readonly Column[]): string | undefined {
  if (Object.keys(row).some((key) => !fields.some(({name}) => name === key))) return 'invalid';
  for (const {name, mode, type, fields: inner} of fields) {
    const value = row[name];
    if (value === undefined) {
      if (mode === 'REQUIRED') return 'invalid';
      continue;
    }
    const cells = mode === 'REPEATED' ? value : [value];
    if (!Array.isArray(cells)) return 'invalid';
    for (const cell of cells) {
      const isValid = {
        STRING: typeof cell === 'string',
        INTEGER: Number.isSafeInteger(cell),
        FLOAT: Number.isFinite(cell),
        TIMESTAMP: typeof cell === 'string' && !Number.isNaN(Date.parse(cell)),
        RECORD: type === 'RECORD' && whyInvalid(cell, inner ?? []) === undefined,
      }[type];
      if (!isValid) return 'invalid';
    }
  }
  return undefined;
}
