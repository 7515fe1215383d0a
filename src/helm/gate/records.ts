import {gzipSync} from 'node:zlib';
import type {Connection} from '../../cluster/connection/connection.ts';
import {UserError} from '../../errors.ts';
import {decodeRecord, type Release} from '../record.ts';
import {type FoundRelease, recordName, resources} from '../releases.ts';
import {type Answer, askServer, isSuccess, jsonAnswer, objectOf} from './answer.ts';
import {type Ask, placeOf, Refused, requireParameters} from './ask.ts';
import {differingChart, differingParts} from './record-changes.ts';
import {type RecordObject, readRecordObject} from './record-object.ts';

/** Of an object that was written only this is asked back. */
const metadataOnly = {Accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'};

/** Name of the field manager of Helm's records. */
const manager = 'fieldManager=Helm';

interface Metadata {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** A revision that Helm has made through the gate. */
interface Made {
  readonly metadata: Metadata;
  readonly record: Release;
}

/**
 * The records of the release. Helm is shown the newest one, as it was read and checked, and may make the next one, as it
 * was planned, and change the status of both; each write holds only if the record in the cluster is still that one.
 */
export class Records {
  readonly #connection: Connection;
  readonly #release: FoundRelease;
  readonly #collection: string;
  readonly #next: string;
  #made: Made | undefined;
  #begun = false;
  #shown: string | undefined;

  #stopped = false;

  /** From now on no new revision begins, one that is being looked at neither. */
  stop(): void {
    this.#stopped = true;
  }

  /** Whether the next record was sent to the cluster, whatever became of it. */
  get begun(): boolean {
    return this.#begun;
  }

  constructor(connection: Connection, release: FoundRelease) {
    this.#connection = connection;
    this.#release = release;
    this.#collection = `/api/v1/namespaces/${encodeURIComponent(release.namespace)}/${resources[release.driver]}`;
    this.#next = recordName(release.name, release.record.version + 1);
  }

  /**
   * @param check what is wrong with the next record, one clause each; absent in a rehearsal, which writes nothing
   * @param failed whether the run has ended, so that Helm may only say that it failed
   * @returns undefined where the request is not about a record of Helm
   * @throws {Refused}
   */
  async answer(
    ask: Ask,
    check: ((record: Release) => string[]) | undefined,
    failed: boolean,
  ): Promise<Answer | undefined> {
    const {name: release, namespace, driver, record} = this.#release;
    const place = placeOf(ask.segments);
    if (place?.root !== '/api/v1' || place.namespace !== namespace || place.resource !== resources[driver])
      return undefined;
    if (place.rest.length > 0) return undefined;
    const {name} = place;
    const current = recordName(release, record.version);
    if (ask.method === 'GET') {
      if (failed) return undefined;
      if (name === undefined) return this.#list(ask);
      if (name !== current) return undefined;
      requireParameters(ask);
      return jsonAnswer(200, {kind: driver === 'secret' ? 'Secret' : 'ConfigMap', apiVersion: 'v1', ...this.#object()});
    }
    if (!check || (ask.method !== 'POST' && ask.method !== 'PUT')) return undefined;
    // Another object of that kind may be one of the plan's.
    if (!(name ?? nameIn(ask)).startsWith('sh.helm.release.')) return undefined;
    requireParameters(ask, {fieldManager: /^[\w.-]{1,128}$/});
    const sent = readRecordObject(ask);
    if (sent.kind !== (driver === 'secret' ? 'Secret' : 'ConfigMap')) throw new Refused('it is of another kind');
    if (ask.method === 'POST') return failed ? undefined : this.#create(sent, check);
    if (name !== sent.name) throw new Refused('its path and its body name two objects');
    if (name === this.#next) return this.#settle(sent, failed);
    return name === current && !failed ? this.#supersede(sent) : undefined;
  }

  #object(): Record<string, unknown> {
    const {managedFields: _, ...rest} = this.#release.stored.metadata;
    this.#shown ??= packed(this.#release.record, this.#release.driver);
    return {metadata: rest, ...this.#type(), data: {release: this.#shown}};
  }

  #type(): {type?: string} {
    return this.#release.driver === 'secret' ? {type: 'helm.sh/release.v1'} : {};
  }

  /** The list that Helm's storage asks for, by name, owner and perhaps status and version: of the checked record alone. */
  #list(ask: Ask): Answer | undefined {
    const wanted = selector(ask.query.get('labelSelector') ?? '');
    if (wanted?.get('owner') !== 'helm' || wanted.get('name') !== this.#release.name) return undefined;
    requireParameters(ask, {labelSelector: /^.*$/});
    const labels = (this.#release.stored.metadata.labels ?? {}) as Record<string, unknown>;
    const matches = [...wanted].every(([key, value]) => labels[key] === value);
    const kind = this.#release.driver === 'secret' ? 'SecretList' : 'ConfigMapList';
    return jsonAnswer(200, {kind, apiVersion: 'v1', metadata: {}, items: matches ? [this.#object()] : []});
  }

  async #create(sent: RecordObject, check: (record: Release) => string[]): Promise<Answer> {
    if (sent.name !== this.#next) throw new Refused('it is not the next revision of the release');
    this.#requireLabels(sent, ['pending-upgrade']);
    const record = this.#decode(sent);
    const {record: last} = this.#release;
    if (
      record.name !== last.name ||
      record.namespace !== this.#release.namespace ||
      record.version !== last.version + 1
    )
      throw new Refused('it is not the next revision of the release');
    if (record.info.status !== 'pending-upgrade') throw new Refused('its status is not that of a change that begins');
    const problems = [
      ...differingChart(last.chart, record.chart).map((part) => `${part} would change`),
      ...check(record),
    ];
    if (problems.length > 0) throw new Refused(`it is not the planned one: ${problems.slice(0, 4).join(', ')}`);
    const obstacle = await this.#obstacle();
    if (obstacle) return obstacle;
    // What was refused meanwhile, or stopped, came while the last revision was looked at.
    if (this.#stopped) throw new Refused('the run has ended');
    this.#begun = true;
    const answer = await askServer(this.#connection, `${this.#collection}?${manager}`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', ...metadataOnly},
      body: this.#written(sent, {}),
    });
    return this.#remember(answer, sent, record);
  }

  /** The next revision's end: deployed, or failed. */
  async #settle(sent: RecordObject, failed: boolean): Promise<Answer | undefined> {
    const made = this.#made;
    if (!made) return undefined;
    this.#requireLabels(sent, failed ? ['failed'] : ['deployed', 'failed']);
    const record = this.#decode(sent);
    const changed = differingParts(made.record, record);
    if (record.info.status !== sent.labels.status) changed.push('its status');
    if (changed.length > 0) throw new Refused(`more than its status would change: ${changed.join(', ')}`);
    const answer = await this.#update(sent, made.metadata);
    return this.#remember(answer, sent, record);
  }

  /** The last revision is superseded by the next; after a failure Helm writes it once more as it was, which is left out. */
  async #supersede(sent: RecordObject): Promise<Answer | undefined> {
    if (!this.#made) return undefined;
    const {status: last} = this.#release.record.info;
    this.#requireLabels(sent, ['superseded', last]);
    const record = this.#decode(sent);
    const changed = differingParts(this.#release.record, record);
    if (record.info.status !== sent.labels.status) changed.push('its status');
    if (changed.length > 0) throw new Refused(`more than its status would change: ${changed.join(', ')}`);
    if (record.info.status === last) return this.#told(jsonAnswer(200, {}), sent);
    const {managedFields: _, ...metadata} = this.#release.stored.metadata;
    const answer = await this.#update(sent, metadata);
    // Helm would only log it, and go on.
    if (answer.status === 409 || answer.status === 404) throw new Refused(changedMeanwhile);
    return this.#told(answer, sent);
  }

  #remember(answer: Answer, sent: RecordObject, record: Release): Answer {
    if (isSuccess(answer)) this.#made = {record, metadata: metadataOf(answer)};
    return this.#told(answer, sent);
  }

  /** Of an object that was written Helm makes use of nothing, and takes no metadata alone. */
  #told(answer: Answer, {kind, name}: RecordObject): Answer {
    if (!isSuccess(answer)) return answer;
    return jsonAnswer(answer.status, {kind, apiVersion: 'v1', metadata: {name, namespace: this.#release.namespace}});
  }

  #update(sent: RecordObject, metadata: object): Promise<Answer> {
    return askServer(this.#connection, `${this.#collection}/${encodeURIComponent(sent.name)}?${manager}`, {
      method: 'PUT',
      headers: {'Content-Type': 'application/json', ...metadataOnly},
      body: this.#written(sent, metadata),
    });
  }

  /** The object as it is written: made here, of what was checked. */
  #written({kind, name, labels, release}: RecordObject, metadata: object): string {
    const {namespace} = this.#release;
    return JSON.stringify({
      apiVersion: 'v1',
      kind,
      metadata: {...metadata, name, namespace, labels},
      ...this.#type(),
      data: {release: kind === 'Secret' ? Buffer.from(release, 'latin1').toString('base64') : release},
    });
  }

  /** Helm's own labels, and those that the user gave the release. */
  #requireLabels({name, labels, type}: RecordObject, statuses: readonly string[]): void {
    const {name: release, driver, stored} = this.#release;
    if (type !== (driver === 'secret' ? 'helm.sh/release.v1' : '')) throw new Refused('it is of another type');
    const {status = '', createdAt, modifiedAt, ...others} = labels;
    const {
      status: _s,
      createdAt: _c,
      modifiedAt: _m,
      ...kept
    } = (stored.metadata.labels ?? {}) as Record<string, string>;
    const expected: Record<string, string> = {
      ...kept,
      owner: 'helm',
      name: release,
      version: name.replace(/^.*\.v/, ''),
    };
    const keys = new Set([...Object.keys(expected), ...Object.keys(others)]);
    if (![...keys].every((key) => expected[key] === others[key]))
      throw new Refused('its labels are not those of the release');
    for (const time of [createdAt, modifiedAt])
      if (time !== undefined && !/^\d{1,12}$/.test(time)) throw new Refused('its labels are not those of the release');
    if (!statuses.includes(status)) throw new Refused(`its status can't become that`);
  }

  #decode({name, release}: RecordObject): Release {
    try {
      const decoded = decodeRecord(release, name);
      if (decoded) return decoded.record;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    throw new Refused('it is not a record that can be read');
  }

  /**
   * Helm makes the next revision of the one that it was shown: it must still be the one that is there.
   *
   * @returns the server's answer where that can't be seen
   */
  async #obstacle(): Promise<Answer | undefined> {
    const {name, record, stored} = this.#release;
    const path = `${this.#collection}/${encodeURIComponent(recordName(name, record.version))}`;
    const answer = await askServer(this.#connection, path, {headers: metadataOnly});
    if (answer.status !== 404 && !isSuccess(answer)) return answer;
    const live = isSuccess(answer) ? metadataOf(answer) : {};
    if (live.resourceVersion !== stored.metadata.resourceVersion || live.uid !== stored.metadata.uid)
      throw new Refused(changedMeanwhile);
    return undefined;
  }
}

const changedMeanwhile = 'somebody else changed the last revision of the release after it was checked';

function metadataOf(answer: Answer): Metadata {
  return objectOf<{metadata?: Metadata}>(answer).metadata ?? {};
}

/**
 * The record as it was read, written anew: of a field that is there twice Go makes something else than JavaScript, as it
 * does of base64 and gzip with something behind them.
 */
function packed(record: Release, driver: FoundRelease['driver']): string {
  const encoded = gzipSync(JSON.stringify(record), {level: 1}).toString('base64');
  return driver === 'secret' ? Buffer.from(encoded).toString('base64') : encoded;
}

/** Name of the object in a body, whatever else it holds; empty where it is none. */
function nameIn(ask: Ask): string {
  const type = ask.headers['content-type'] ?? '';
  // What Helm writes in protobuf are its records and nothing else.
  if (type.startsWith('application/vnd.kubernetes.protobuf')) return 'sh.helm.release.';
  try {
    return String((JSON.parse(ask.body.toString('utf8')) as {metadata?: {name?: unknown}}).metadata?.name ?? '');
  } catch {
    return '';
  }
}

/** A label selector of equalities only; undefined where it is another. */
function selector(text: string): Map<string, string> | undefined {
  const wanted = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, key, value] = /^([\w./-]+)==?([\w.-]*)$/.exec(part) ?? [];
    if (key === undefined || value === undefined || wanted.has(key)) return undefined;
    wanted.set(key, value);
  }
  return wanted;
}
