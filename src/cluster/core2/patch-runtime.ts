import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Connection} from '../connection/connection.ts';
import {getJson, HttpError} from '../connection/request.ts';
import {core2Group} from './present.ts';

/** What of Hodometer a SeldonRuntime may be given. */
export interface RuntimeSwitch {
  readonly disable: boolean;
  /** Absent: the operator's default, one. */
  readonly replicas?: number | undefined;
}

/** A SeldonRuntime as it was read, all of it. */
export interface RuntimeObject extends Record<string, unknown> {
  readonly metadata: {readonly name: string; readonly namespace: string; readonly resourceVersion: string};
}

/** One step of a JSON patch (RFC 6902). */
export interface Step {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

function pathOf({namespace, name}: {namespace: string; name: string}): string {
  return `/apis/${core2Group}/v1alpha1/namespaces/${encodeURIComponent(namespace)}/seldonruntimes/${encodeURIComponent(name)}`;
}

/**
 * Reads a SeldonRuntime whole.
 *
 * @throws {UserError} cluster; release, if it can't be told what its overrides say of Hodometer
 */
export async function readRuntime(
  connection: Connection,
  which: {namespace: string; name: string},
): Promise<RuntimeObject> {
  const found = await getJson<RuntimeObject>(connection, pathOf(which), {
    permission: {verb: 'get', resource: 'seldonruntimes', group: core2Group, namespace: which.namespace},
  });
  const version: unknown = found.metadata?.resourceVersion;
  const overrides = (found.spec as {overrides?: unknown} | null | undefined)?.overrides;
  const list: unknown[] = Array.isArray(overrides) ? overrides : [];
  const named = list.filter((one) => (one as {name?: unknown} | null)?.name === 'hodometer');
  const odd =
    typeof version !== 'string' || version === ''
      ? 'it has no resourceVersion'
      : overrides !== undefined && overrides !== null && !Array.isArray(overrides)
        ? 'its overrides are not a list'
        : named.length > 1
          ? 'it has several overrides named hodometer'
          : list.some((one) => typeof one !== 'object' || one === null || Array.isArray(one))
            ? 'one of its overrides is not an object'
            : undefined;
  if (odd === undefined) return found;
  throw new UserError(
    'release',
    `The SeldonRuntime ${clean(`${which.namespace}/${which.name}`)} can't be changed safely: ${odd}.`,
    {suggestions: ['Mend it first: which override counts is for its operator to say.']},
  );
}

/** The override of Hodometer, and where it is. */
export function overrideOf({spec}: RuntimeObject): {index: number; override?: Record<string, unknown>; list: boolean} {
  const overrides = (spec as {overrides?: unknown} | null | undefined)?.overrides;
  const list = Array.isArray(overrides) ? (overrides as Record<string, unknown>[]) : [];
  const index = list.findIndex(({name}) => name === 'hodometer');
  return {index, list: Array.isArray(overrides), ...(index < 0 ? {} : {override: list[index]!})};
}

/** The steps that give Hodometer's override the switch, and touch nothing else; each only if nobody was faster. */
export function stepsTo(runtime: RuntimeObject, to: RuntimeSwitch): Step[] {
  const {index, override, list} = overrideOf(runtime);
  const own = {
    disable: to.disable,
    ...(to.replicas === undefined ? {} : {replicas: to.replicas}),
  };
  const version: Step = {op: 'test', path: '/metadata/resourceVersion', value: runtime.metadata.resourceVersion};
  if (!override) {
    const entry = {name: 'hodometer', ...own};
    return [
      version,
      list
        ? {op: 'add', path: '/spec/overrides/-', value: entry}
        : {op: 'add', path: '/spec/overrides', value: [entry]},
    ];
  }
  const place = `/spec/overrides/${index}`;
  return [
    version,
    {op: 'test', path: `${place}/name`, value: 'hodometer'},
    ...Object.entries(own).map(([key, value]): Step => ({op: 'add', path: `${place}/${key}`, value})),
  ];
}

/** The steps that bring back what the override was, for a person to run: without the version, which is another then. */
export function stepsBack(runtime: RuntimeObject): Step[] {
  const {index, override, list} = overrideOf(runtime);
  if (!override) {
    const length = ((runtime.spec as {overrides?: unknown[]} | undefined)?.overrides ?? []).length;
    const place = list ? `/spec/overrides/${length}` : '/spec/overrides/0';
    return [
      {op: 'test', path: `${place}/name`, value: 'hodometer'},
      {op: 'remove', path: place},
    ];
  }
  const place = `/spec/overrides/${index}`;
  return [
    {op: 'test', path: `${place}/name`, value: 'hodometer'},
    ...(['disable', 'replicas'] as const).map(
      (key): Step =>
        override[key] === undefined || override[key] === null
          ? {op: 'remove', path: `${place}/${key}`}
          : {op: 'add', path: `${place}/${key}`, value: override[key]},
    ),
  ];
}

/**
 * Patches a SeldonRuntime.
 *
 * @param dryRun have the server say what would become of it, and write nothing
 * @returns the object as it is then
 * @throws {UserError} release, if somebody changed it since it was read; cluster
 */
export async function patchRuntime(
  connection: Connection,
  {metadata}: RuntimeObject,
  steps: readonly Step[],
  dryRun: boolean,
): Promise<RuntimeObject> {
  try {
    return await getJson<RuntimeObject>(
      connection,
      `${pathOf(metadata)}?fieldManager=seldon-usage${dryRun ? '&dryRun=All' : ''}`,
      {
        method: 'PATCH',
        headers: {'Content-Type': 'application/json-patch+json'},
        body: JSON.stringify(steps),
        permission: {verb: 'patch', resource: 'seldonruntimes', group: core2Group, namespace: metadata.namespace},
      },
    );
  } catch (error) {
    if (!(error instanceof HttpError) || (error.status !== 409 && error.status !== 422)) throw error;
    throw new UserError(
      'release',
      `The SeldonRuntime ${clean(`${metadata.namespace}/${metadata.name}`)} was not changed: somebody else changed it in the meantime, or the server does not take it.`,
      {
        suggestions: [`The server: ${clean(error.message)}`, 'Look at it with seldon-usage status, and try again.'],
        cause: error,
      },
    );
  }
}
