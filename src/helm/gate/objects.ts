import type {Connection} from '../../cluster/connection/connection.ts';
import {isObject} from '../../foreign.ts';
import {meaning} from '../documents.ts';
import {differsAsWanted, type Switch} from '../edit.ts';
import {equalJson} from '../exact-json.ts';
import {type Observed, ownership} from '../kept.ts';
import {compareLive} from '../live-usage.ts';
import {content, differences, type LiveObject, type Located} from '../objects.ts';
import type {FoundRelease} from '../releases.ts';
import {type Answer, askServer, isSuccess, objectOf} from './answer.ts';
import {type Ask, jsonBody, Refused, requireParameters} from './ask.ts';

/** What Helm may do to objects besides its records. */
export interface Permitted {
  /** Objects of the last revision that must stay as they are. */
  readonly kept: readonly Observed[];
  /** The usage objects: of the rendering that was checked, or of the last revision with what is live. */
  readonly usage: readonly (Located & {readonly live?: LiveObject | undefined})[];
  /** What becomes of the usage objects; `rehearsed`: nothing at all is written. */
  readonly change: 'created' | 'deleted' | 'rehearsed';
  /** The one object in which a switch changes, and the switch it gets. */
  readonly edited?: {readonly one: Observed; readonly to: Switch};
}

const json = {Accept: 'application/json'};
const patches = [
  'application/strategic-merge-patch+json',
  'application/merge-patch+json',
  'application/json-patch+json',
];
const apply = 'application/apply-patch+yaml';

/**
 * Answers requests about the objects of the plan; undefined where a request is about another, or of another kind.
 *
 * @throws {Refused} if it would make of an object what was not planned
 */
export async function planned(
  connection: Connection,
  release: FoundRelease,
  {kept, usage, change, edited}: Permitted,
  ask: Ask,
): Promise<Answer | undefined> {
  const path = `/${ask.segments.map(encodeURIComponent).join('/')}`;
  const [keptOne, usageOne] = [kept.find(isAt(path)), usage.find(isAt(path))];
  if (ask.method === 'GET') {
    const one = keptOne ?? usageOne ?? (edited && isAt(path)(edited.one) ? edited.one : undefined);
    if (!one) return undefined;
    requireParameters(ask);
    return askServer(connection, one.path, {headers: json});
  }
  if (change === 'rehearsed') return undefined;
  if (ask.method === 'PATCH' && edited && isAt(path)(edited.one)) return patchEdited(connection, edited, ask);
  if (ask.method === 'PATCH' && keptOne) return patchKept(connection, release, keptOne, ask);
  if (change === 'deleted') return ask.method === 'DELETE' && usageOne ? remove(connection, usageOne, ask) : undefined;
  if (ask.method === 'POST') return create(connection, release, usage, path, ask);
  return ask.method === 'PATCH' && usageOne ? patchUsage(connection, release, usageOne, ask) : undefined;
}

const isAt =
  (path: string) =>
  (one: Located): boolean =>
    one.path === path;

/** Parameters of a write as Helm has them; a conflict with somebody else's fields is never forced. */
const writing = {fieldManager: /^[\w.-]{1,128}$/, fieldValidation: /^(?:Ignore|Warn|Strict)$/, force: /^false$/};

function parametersOf(ask: Ask, more: Record<string, string> = {}): string {
  requireParameters(ask, writing);
  return `?${new URLSearchParams([...ask.query, ...Object.entries(more)])}`;
}

/**
 * A patch of an object that must stay as it is: the server is asked what it would make of it. Where that is nothing, Helm is
 * told so, and nothing is written; only Helm's own marks may be new, on an object that was accepted without them.
 */
async function patchKept(connection: Connection, release: FoundRelease, one: Observed, ask: Ask): Promise<Answer> {
  const type = patchType(ask);
  const trial = `${one.path}${parametersOf(ask, {dryRun: 'All'})}`;
  const request = {method: 'PATCH' as const, headers: {...json, 'Content-Type': type}, body: ask.body.toString('utf8')};
  const [live, tried] = await Promise.all([
    askServer(connection, one.path, {headers: json}),
    askServer(connection, trial, request),
  ]);
  if (!isSuccess(live)) return live;
  if (!isSuccess(tried)) return tried;
  const [before, after] = [objectOf<LiveObject>(live), objectOf<LiveObject>(tried)];
  const fields = differences(content(before), content(after));
  if (fields.length === 0) return live;
  const unmarked = one.live && ownership(one.live, release) === 'unmarked';
  const others = differences(content(marked(before, release)), content(after));
  if (!unmarked || others.length > 0)
    throw new Refused(`it would change ${(others.length > 0 ? others : fields).join(', ')}`);
  return askServer(connection, `${one.path}${parametersOf(ask)}`, request);
}

/** A patch of the object in which a switch changes: tried on the server first, and refused if more would be another. */
async function patchEdited(
  connection: Connection,
  {one, to}: NonNullable<Permitted['edited']>,
  ask: Ask,
): Promise<Answer> {
  const type = patchType(ask);
  const live = await askServer(connection, one.path, {headers: json});
  if (!isSuccess(live)) return live;
  const found = objectOf<LiveObject>(live);
  const body = ofVersion(ask.body.toString('utf8'), found.metadata?.resourceVersion);
  const request = {method: 'PATCH' as const, headers: {...json, 'Content-Type': type}, body};
  const tried = await askServer(connection, `${one.path}${parametersOf(ask, {dryRun: 'All'})}`, request);
  if (!isSuccess(tried)) return tried;
  const before = content(found) as Record<string, unknown>;
  const after = content(objectOf<LiveObject>(tried)) as Record<string, unknown>;
  if (!one.live || differences(content(one.live), before).length > 0)
    throw new Refused('somebody else changed it after the objects were looked at');
  if (!differsAsWanted(before, after, to))
    throw new Refused(`it would change more than the switch: ${differences(before, after).join(', ')}`);
  return askServer(connection, `${one.path}${parametersOf(ask)}`, request);
}

/**
 * The patch, for this version of the object alone: a list is replaced as a whole, and what somebody else writes into it
 * between the trial and the change would be lost without a word. The trial is of these very bytes.
 */
function ofVersion(body: string, resourceVersion: string | undefined): string {
  let patch: unknown;
  try {
    patch = JSON.parse(body);
  } catch {
    throw new Refused('its patch is not JSON');
  }
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch) || resourceVersion === undefined)
    throw new Refused('its patch can have no version');
  const {metadata} = patch as {metadata?: unknown};
  const own = typeof metadata === 'object' && metadata !== null ? metadata : {};
  return JSON.stringify({...patch, metadata: {...own, resourceVersion}});
}

function patchType(ask: Ask): string {
  const [type = ''] = (ask.headers['content-type'] ?? '').split(';');
  if (type !== apply && !patches.includes(type)) throw new Refused('it is not a patch of Helm');
  return type;
}

/** The object with Helm's marks of this release (setMetadataVisitor of Helm). */
function marked(object: LiveObject, {name, namespace}: FoundRelease): LiveObject {
  const {metadata} = object;
  const labels = {...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm'};
  const annotations = {
    ...metadata.annotations,
    'meta.helm.sh/release-name': name,
    'meta.helm.sh/release-namespace': namespace,
  };
  return {...object, metadata: {...metadata, labels, annotations}};
}

/** The checked document as Helm sends it. */
function expected({document, namespace}: Located, release: FoundRelease): Record<string, unknown> {
  const object = marked(meaning(document.text) as unknown as LiveObject, release);
  const place = namespace === undefined ? {} : {namespace};
  return withoutNulls({...object, metadata: {...object.metadata, ...place}}) as Record<string, unknown>;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) => (field === null ? [] : [[key, withoutNulls(field)]])),
  );
}

function requireExpected(body: Record<string, unknown>, object: Record<string, unknown>): void {
  const sent = withoutNulls(body) as Record<string, unknown>;
  if (equalJson(sent, object)) return;
  throw new Refused(`it is not the one that was checked: ${differences(sent, object).join(', ')}`);
}

async function create(
  connection: Connection,
  release: FoundRelease,
  usage: Permitted['usage'],
  collection: string,
  ask: Ask,
): Promise<Answer | undefined> {
  if (!usage.some(({path}) => path.startsWith(`${collection}/`))) return undefined;
  const body = jsonBody(ask, ['application/json']);
  const {name} = (body.metadata ?? {}) as {name?: unknown};
  const one = usage.find(({path}) => path === `${collection}/${encodeURIComponent(String(name))}`);
  if (!one) return undefined;
  const object = expected(one, release);
  requireExpected(body, object);
  return askServer(connection, `${collection}${parametersOf(ask)}`, {
    method: 'POST',
    headers: {...json, 'Content-Type': 'application/json'},
    body: JSON.stringify(object),
  });
}

/** Server-side apply of the checked document; or a patch of what this release left behind, if it then is the checked one. */
async function patchUsage(connection: Connection, release: FoundRelease, one: Located, ask: Ask): Promise<Answer> {
  const type = patchType(ask);
  if (type === apply) {
    const object = expected(one, release);
    requireExpected(jsonBody(ask, [apply]), object);
    const body = JSON.stringify(object);
    return askServer(connection, `${one.path}${parametersOf(ask)}`, {
      method: 'PATCH',
      headers: {...json, 'Content-Type': type},
      body,
    });
  }
  const request = {method: 'PATCH' as const, headers: {...json, 'Content-Type': type}, body: ask.body.toString('utf8')};
  const tried = await askServer(connection, `${one.path}${parametersOf(ask, {dryRun: 'All'})}`, request);
  if (!isSuccess(tried)) return tried;
  const {problems, notes} = compareLive(one, objectOf<LiveObject>(tried), release);
  if (problems.length + notes.length > 0)
    throw new Refused(`it would not be the one that was checked: ${[...problems, ...notes].join(', ')}`);
  return askServer(connection, `${one.path}${parametersOf(ask)}`, request);
}

/** Removes the very object that was looked at, not one that has come in its place. */
async function remove(connection: Connection, {path, live}: Permitted['usage'][number], ask: Ask): Promise<Answer> {
  requireParameters(ask);
  const {propagationPolicy = 'Background', kind, apiVersion: _, ...others} = jsonBody(ask, ['application/json']);
  if (
    propagationPolicy !== 'Background' ||
    (kind !== undefined && kind !== 'DeleteOptions') ||
    Object.keys(others).length > 0
  )
    throw new Refused('it removes more than the object');
  if (!live) {
    const there = await askServer(connection, path, {headers: json});
    if (isSuccess(there)) throw new Refused('somebody else made it after the objects were looked at');
    return there;
  }
  const {uid} = live.metadata;
  return askServer(connection, path, {
    method: 'DELETE',
    headers: {...json, 'Content-Type': 'application/json'},
    body: JSON.stringify({propagationPolicy: 'Background', ...(uid ? {preconditions: {uid}} : {})}),
  });
}
