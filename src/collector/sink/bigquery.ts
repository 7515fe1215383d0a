import {createHash} from 'node:crypto';
import type {BigQuery, Table} from '@google-cloud/bigquery';
import {clean} from '../../foreign.ts';
import {packageBeside} from '../../host/beside.ts';
import {isLoopbackHost} from '../../host/loopback.ts';
import {packageVersion} from '../../report/index.ts';
import {type KindName, kindNames} from '../kinds.ts';
import {millisecondsADay} from '../periods.ts';
import {bigqueryTable, eventsTable} from './bigquery-name.ts';
import {bigqueryPackage, howToInstall} from './bigquery-package.ts';
import {type Column, columns, idColumn, rowOf, unfit} from './bigquery-schema.ts';
import {inBuffer, inTrouble, patience, StatusTrouble, unlessStatus} from './bigquery-trouble.ts';
import {type Sink, SinkTrouble, type Surrounds} from './contract.ts';
import {madeOf} from './readable.ts';

/** Milliseconds for a question: an erasure looks through the whole table. */
const longPatience = 300_000;
/** Rows and bytes of a request. BigQuery takes 50,000 and 10 MB, and advises 500. */
const most = {rows: 500, bytes: 9_000_000};

/** Errors of a row that are not the row's own: it may be taken later. Of any other it never is. */
const passing: ReadonlySet<string> = new Set([
  ...['stopped', 'timeout', 'backendError', 'internalError', 'jobBackendError', 'jobInternalError'],
  ...['rateLimitExceeded', 'jobRateLimitExceeded', 'quotaExceeded', 'tableUnavailable'],
]);

/** A report on its way. */
interface Row {
  readonly number: number;
  readonly text: string;
}

/** What a request for rows is answered with; foreign until checked. */
interface Answer {
  readonly insertErrors?: readonly {
    readonly index?: number;
    readonly errors?: readonly {readonly reason?: string; readonly location?: string}[];
  }[];
}

const others = process.listeners('warning');
const tellOthers = (warning: Error) => {
  if (warning.name !== 'MetadataLookupWarning') for (const tell of others) tell(warning);
};

/** Google's client tells by warnings of Node's what it tried at the metadata server. What comes of it is in the log, once. */
function hush(): void {
  if (process.listeners('warning').includes(tellOthers)) return;
  process.removeAllListeners('warning').on('warning', tellOthers);
}

/**
 * BigQuery: a row for each report, in Spartakus' own columns, and one for each event, in a table beside it, by Google's client and
 * the credentials that it finds.
 *
 * @param name `project.dataset.table`; a table is made if there is none, a day a partition
 * @throws {SinkTrouble} if the package is not there, or the table can't take reports
 */
export async function bigquerySink(name: string, {env, keepReports}: Surrounds): Promise<Sink> {
  const {project, dataset, table} = bigqueryTable(name)!;
  requireTrust(env);
  hush();
  const library = packageBeside<typeof import('@google-cloud/bigquery')>(bigqueryPackage);
  if (!library) throw new SinkTrouble(`${bigqueryPackage} is not installed: ${howToInstall}`);
  // Tried again by the loop that passes on, which can be stopped, and tells of it.
  const client = new library.BigQuery({
    ...{projectId: project, autoRetry: false, timeout: patience, userAgent: `seldon-usage/${packageVersion}`},
  });
  const names: Readonly<Record<KindName, string>> = {spartakus: table, hodometer: eventsTable(table)};
  const tables = new Map<KindName, Promise<Ready>>();
  /** The table of a kind, made where there is none; who has no events needs no table of them. */
  const tableOf = (kind: KindName): Promise<Ready> => {
    const found = tables.get(kind) ?? ready(client.dataset(dataset).table(names[kind]), columns[kind], keepReports);
    tables.set(kind, found);
    // What is trouble now is looked at again with the next report.
    found.catch(() => tables.delete(kind));
    return found;
  };
  await tableOf('spartakus');

  /** Deletes a cluster from a table, where there is one. */
  const erase = async (kind: KindName, cluster: string) => {
    if (!(await isThere(client.dataset(dataset).table(names[kind])))) return;
    const {location} = await tableOf(kind);
    // By hashes: what was asked stays in the project's history of jobs for half a year.
    const where = `FROM \`${project}.${dataset}.${names[kind]}\` WHERE TO_HEX(SHA256(${idColumn[kind]})) IN UNNEST(@hashes)`;
    const params = {hashes: hashesOf(cluster)};
    await question(client, {query: `DELETE ${where}`, params, location});
    const [row] = await question(client, {query: `SELECT COUNT(*) AS rows_left ${where}`, params, location});
    // What is no number says nothing of what is left.
    if (String(row?.rows_left) !== '0') throw inBuffer();
  };
  return {
    async deliver(reports) {
      const {table} = await tableOf(reports[0]!.kind);
      const {made, refused} = madeOf(reports, (one) => ({number: one.number, text: rowOf(one)}));
      for (const rows of pieces(made, refused)) {
        try {
          await insert(table, rows, refused);
        } catch (error) {
          // What earlier requests brought is there, and would be twice where it comes again late.
          const tried = reports.findIndex(({number}) => number === rows[0]!.number);
          if (!(error instanceof SinkTrouble) || tried === 0) throw error;
          const done = new Set(reports.slice(0, tried).map(({number}) => number));
          return {tried, refused: new Map([...refused].filter(([number]) => done.has(number))), trouble: error};
        }
      }
      return {refused};
    },
    async erase(cluster) {
      for (const kind of kindNames) await erase(kind, cluster);
      return 'deleted';
    },
    async close() {},
  };
}

/** Google's client heeds these variables; nobody else may be given reports or a token because of them. */
function requireTrust({
  NODE_TLS_REJECT_UNAUTHORIZED: insecure,
  BIGQUERY_EMULATOR_HOST: emulator,
}: NodeJS.ProcessEnv): void {
  if (insecure === '0') throw new SinkTrouble('with NODE_TLS_REJECT_UNAUTHORIZED=0 anybody could be Google');
  if (emulator !== undefined && !isLoopbackHost(URL.parse(emulator)?.hostname ?? ''))
    throw new SinkTrouble('BIGQUERY_EMULATOR_HOST names no emulator on this machine');
}

/** A table that can take reports, and where it is. */
interface Ready {
  readonly table: Table;
  readonly location: string | undefined;
}

/** What the API tells of a table. */
async function look(table: Table): Promise<Record<string, unknown>> {
  const [found] = (await inTrouble(table.getMetadata())) as unknown[];
  if (typeof found !== 'object' || found === null) throw new SinkTrouble('its answer is not one of BigQuery');
  return found as Record<string, unknown>;
}

async function isThere(table: Table): Promise<boolean> {
  return (await look(table).catch((error: unknown) => unlessStatus(404, error))) !== undefined;
}

/** A table, once it is there and can take reports. */
async function ready(table: Table, wanted: readonly Column[], keepReports: number): Promise<Ready> {
  // A partition goes as a whole, a day after its last report is too old.
  const expirationMs = String((keepReports + 1) * millisecondsADay);
  const make = async () => {
    await inTrouble(
      table.create({schema: {fields: wanted as never}, timePartitioning: {type: 'DAY', expirationMs}}),
    ).catch(
      // Another collector was first.
      (error: unknown) => unlessStatus(409, error),
    );
    return look(table);
  };
  const found = await look(table).catch((error: unknown) => unlessStatus(404, error) ?? make());
  if (found.type !== 'TABLE')
    throw new SinkTrouble(
      `what has the name ${clean(table.id ?? '', 60)} is not a table (${clean(String(found.type), 20)})`,
    );
  const why = unfit((found.schema as {fields?: unknown} | undefined)?.fields, wanted);
  if (why !== undefined)
    throw new SinkTrouble(`its table ${clean(table.id ?? '', 60)} can't take what is for it: ${clean(why, 150)}`);
  return {table, location: typeof found.location === 'string' ? found.location : undefined};
}

/** Rows for one request each. What is larger than BigQuery takes is refused. */
function* pieces(rows: readonly Row[], refused: Map<number, string>): Generator<Row[]> {
  let piece: Row[] = [];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(row.text) + 1;
    if (size > most.bytes) {
      refused.set(row.number, 'larger than BigQuery takes');
      continue;
    }
    if (piece.length === most.rows || bytes + size > most.bytes) {
      yield piece;
      [piece, bytes] = [[], 0];
    }
    piece.push(row);
    bytes += size;
  }
  if (piece.length > 0) yield piece;
}

/** Inserts rows; those that BigQuery will never take are added to `refused`. */
async function insert(table: Table, rows: readonly Row[], refused: Map<number, string>): Promise<void> {
  for (let left = rows; left.length > 0; ) {
    const answer = await post(table, left).catch((error: unknown) => {
      if (error instanceof StatusTrouble && error.isRefusal()) return error;
      throw error;
    });
    if (answer instanceof StatusTrouble) return apart(table, left, refused, answer);
    const others: Row[] = [];
    let why = '';
    for (const {index = 0, errors} of answer) {
      const row = left[index];
      if (!row) throw new SinkTrouble('BigQuery reports errors in rows that it was not sent');
      const own = (errors ?? []).find(({reason}) => !passing.has(String(reason)));
      if (own) refused.set(row.number, `refused as ${clean(String(own.reason), 40)}${placeOf(own.location)}`);
      else others.push(row);
      why ||= String(errors?.[0]?.reason);
    }
    // Where some were refused the others were held up by them.
    if (others.length > 0 && others.length === answer.length)
      throw new SinkTrouble(`BigQuery takes no rows (${clean(why, 40)})`);
    // One row that is named again and again would be sent again for ever.
    if (others.length >= left.length) throw new SinkTrouble('its answer is not one of BigQuery');
    left = others;
  }
}

/** One request; the errors of its rows. */
async function post(table: Table, rows: readonly Row[]): Promise<NonNullable<Answer['insertErrors']>> {
  // The text as it is: of an object the client replaces `{{projectId}}` wherever it stands, in a report too.
  const body = `{"skipInvalidRows":true,"rows":[${rows.map(({text}) => text).join(',')}]}`;
  const headers = {'Content-Type': 'application/json'};
  const [answer] = (await inTrouble(table.request({method: 'POST', uri: '/insertAll', body, headers}))) as unknown as [
    Answer,
  ];
  const errors = answer?.insertErrors ?? [];
  if (typeof answer !== 'object' || answer === null || !Array.isArray(errors) || !errors.every(isRowError))
    throw new SinkTrouble('its answer is not one of BigQuery');
  return errors;
}

function isRowError(one: unknown): boolean {
  const {errors = []} = (one ?? {}) as {errors?: unknown};
  return (
    typeof one === 'object' &&
    one !== null &&
    Array.isArray(errors) &&
    errors.every((error) => error !== null && ['string', 'undefined'].includes(typeof error?.reason))
  );
}

/** Which of the rows is it that a request was refused for? */
async function apart(
  table: Table,
  rows: readonly Row[],
  refused: Map<number, string>,
  why: StatusTrouble,
): Promise<void> {
  if (rows.length === 1) return void refused.set(rows[0]!.number, why.message);
  const half = rows.length >> 1;
  await insert(table, rows.slice(0, half), refused);
  await insert(table, rows.slice(half), refused);
}

function placeOf(location: unknown): string {
  return typeof location === 'string' && /^[\w.[\]]{1,80}$/.test(location) ? ` (${location})` : '';
}

/** Hashes of a cluster's ID as rows have it; stores name one that is not plain text by its hash (cluster-key.ts). */
function hashesOf(cluster: string): string[] {
  const hashed = /^sha256:([\da-f]{64})$/.exec(cluster)?.[1];
  return [createHash('sha256').update(cluster).digest('hex'), ...(hashed ? [hashed] : [])];
}

interface Question {
  readonly query: string;
  readonly params: {readonly hashes: string[]};
  readonly location: string | undefined;
}

async function question(client: BigQuery, {query, params, location}: Question): Promise<Record<string, unknown>[]> {
  const [rows] = await inTrouble(client.query({query, params, ...(location ? {location} : {})}), longPatience);
  return rows as Record<string, unknown>[];
}
