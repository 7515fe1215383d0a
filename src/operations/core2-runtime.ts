import type {Connection} from '../cluster/connection/connection.ts';
import {
  overrideOf,
  patchRuntime,
  type RuntimeObject,
  type RuntimeSwitch,
  readRuntime,
  stepsBack,
  stepsTo,
} from '../cluster/core2/patch-runtime.ts';
import type {Runtime} from '../cluster/core2/runtime.ts';
import {UserError} from '../errors.ts';
import {clean, isObject, shellWord} from '../foreign.ts';
import {core2Overview} from '../helm/core2-edit.ts';
import type {Core2Plan, FieldChange} from '../helm/core2-plan.ts';
import {keyOf, readManifest} from '../helm/documents.ts';
import {differsAsWanted, type Switch, switchOf} from '../helm/edit.ts';
import {content, differences, type LiveObject} from '../helm/objects.ts';
import {findOwner, marksOf, type Owner} from '../helm/owner.ts';
import type {FoundRelease} from '../helm/releases.ts';
import {type KubectlCommands, kubectlCommands} from '../helm/user-commands.ts';
import {applyEdit, rehearseEdit} from './core2-helm.ts';
import {releaseOf} from './core2-subject.ts';
import type {ReadySwitch, SwitchTask} from './core2-task.ts';

/**
 * The switch from 2.6 on: `disable` and `replicas` in Hodometer's override of the SeldonRuntime, by the chart that made it, or
 * in the object itself where nobody owns it. Off is `replicas: 0` with `disable: false`: with `disable: true` the operator
 * only looks away.
 *
 * @throws {UserError} release, with the edit to make where another owns it; cluster or helm
 */
export async function prepareRuntime(task: SwitchTask): Promise<ReadySwitch | undefined> {
  const {connection, subject, on} = task;
  const {place, releases} = subject;
  const [runtime, other] = place.runtimes;
  if (!runtime || other)
    throw new UserError('release', `There are ${place.runtimes.length} SeldonRuntimes in ${clean(place.namespace)}.`, {
      suggestions: ['Which one decides on Hodometer is for the operator to say: leave one of them there first.'],
    });
  const older = place.deployments.find(({name, replicas}) => name === 'seldon-hodometer' && replicas > 0);
  if (older)
    throw new UserError(
      'release',
      'An older version left a Hodometer behind, which the SeldonRuntime does not control.',
      {
        suggestions: ['Delete it first, and run this again:', kubectlOf(task).remove(older)],
      },
    );
  const object = await readRuntime(connection, runtime);
  const {override} = overrideOf(object);
  const before = (switchOf({...object, kind: 'SeldonRuntime'}) ?? {
    disable: false,
    replicas: undefined,
  }) as RuntimeSwitch;
  const replicas = on ? (before.replicas === undefined || before.replicas > 0 ? before.replicas : 1) : 0;
  const to: RuntimeSwitch = {disable: false, replicas};
  const {annotations = {}} = runtime.metadata;
  const release = await releaseOf(connection, annotations, place.namespace, releases);
  const live: LiveObject = {metadata: runtime.metadata};
  const documents = release ? readManifest(release.record.manifest) : [];
  const path = 'hodometer.replicas';
  const owner = await findOwner(connection, {
    ...(release ? {release} : {}),
    ...{documents, operator: live, what: 'the SeldonRuntime', path},
  });
  if (owner) throw ownedBy(owner, runtime, to);
  const set = override !== undefined && before.disable === to.disable && before.replicas === to.replicas;
  if (set) return settledAlready(task);
  if (release) return byHelm(task, release, runtime, before, to);
  requireNobody(runtime);
  return byPatch(task, object, before, to);
}

/** kubectl's commands for the user's own cluster. */
export function kubectlOf({connection, options}: Pick<SwitchTask, 'connection' | 'options'>): KubectlCommands {
  return kubectlCommands(connection, options.connection.kubeconfig);
}

/** The switch says so already, and what runs does not. */
function settledAlready(task: SwitchTask): never {
  const {subject, on, warnings} = task;
  const scale = subject.place.deployments
    .filter(({replicas}) => replicas > 0)
    .map((one) => `By hand: ${kubectlOf(task).scaleToNone(one)}`);
  throw new UserError(
    'cluster',
    on
      ? 'The SeldonRuntime wants a Hodometer already, and none runs yet.'
      : 'The SeldonRuntime says off already (replicas: 0, disable: false), and Hodometer runs all the same.',
    {suggestions: [...warnings, ...(on ? [] : scale), 'seldon-usage status tells what runs.']},
  );
}

function ownedBy(owner: Owner, {disable, name, namespace}: Runtime, {replicas = 1}: RuntimeSwitch): UserError {
  const edit = owner.edit.flatMap((line) => {
    const indent = /^ *(?=replicas: VALUE$)/.exec(line)?.[0];
    const first = indent !== undefined && disable ? [`${indent}disable: false`] : [];
    return [...first, line.replace(/\bVALUE\b/, String(replicas))];
  });
  return new UserError(
    'release',
    `The SeldonRuntime ${clean(`${namespace}/${name}`)} belongs to ${owner.kind} (${owner.evidence}): it would take a change back.`,
    {suggestions: edit},
  );
}

function requireNobody({metadata, namespace, name}: Runtime): void {
  const marks = marksOf(metadata);
  if (marks.length === 0) return;
  throw new UserError(
    'release',
    `The SeldonRuntime ${clean(`${namespace}/${name}`)} carries marks of another owner: ${marks.join(', ')}.`,
    {
      suggestions: [
        'Make the change where it comes from: spec.overrides, the entry named hodometer, disable: false and replicas: 0.',
      ],
    },
  );
}

function fieldsOf(before: RuntimeSwitch, to: RuntimeSwitch, prefix: string): FieldChange[] {
  const text = (value: boolean | number | undefined) => (value === undefined ? 'not set' : String(value));
  return (['disable', 'replicas'] as const)
    .filter((key) => before[key] !== to[key])
    .map((key) => ({path: `${prefix}${key}`, before: text(before[key]), after: text(to[key])}));
}

async function byHelm(
  task: SwitchTask,
  release: FoundRelease,
  runtime: Runtime,
  before: RuntimeSwitch,
  wanted: RuntimeSwitch,
): Promise<ReadySwitch> {
  const {connection, options, around, held, subject, on, warnings} = task;
  if (release.record.chart.metadata.name !== 'seldon-core-v2-runtime')
    throw new UserError(
      'release',
      `The SeldonRuntime was made by the chart ${clean(release.record.chart.metadata.name, 80)}, whose switch is not known.`,
      {suggestions: ['Set hodometer.disable to false and hodometer.replicas to 0 where that chart has them.']},
    );
  // Of the chart: without a number of its own the chart can't be rendered.
  const to = {disable: false, replicas: wanted.replicas ?? 1};
  const config = release.record.config ?? {};
  const own = config.hodometer;
  const set = isObject(own) ? own : {};
  const values = {...config, hodometer: {...set, ...to}};
  const document = readManifest(release.record.manifest).find(
    ({kind, name, namespace}) =>
      kind === 'SeldonRuntime' && name === runtime.name && (namespace ?? release.namespace) === runtime.namespace,
  );
  if (!document)
    throw new UserError('release', `The release ${clean(release.name)} has no SeldonRuntime ${clean(runtime.name)}.`);
  const edit = {removed: [], changed: {key: keyOf(document), to: to satisfies Switch}};
  const what = `hodometer.replicas=${to.replicas}`;
  const ready = await rehearseEdit(connection, release, {values, what, edit}, options, around, held);
  const fields = fieldsOf(before, to, 'hodometer.');
  const plan: Core2Plan = {
    ...core2Overview(connection, subject, on ? 'on' : 'off'),
    ...ofRelease(ready, fields),
    warnings: [...warnings, ...lookingAway(before, on), takenBack(release, fields)],
  };
  return {plan, apply: () => applyEdit(ready, options.signal), revision: release.record.version + 1};
}

/** What a plan says of an edit by Helm. */
export function ofRelease(
  {release, upgrade, helm, commands, observed, edit}: Awaited<ReturnType<typeof rehearseEdit>>,
  fields: readonly FieldChange[],
): Pick<Core2Plan, 'object' | 'fields' | 'removed' | 'kept' | 'helm' | 'command' | 'undo'> {
  const {metadata} = release.record.chart;
  const removed = observed.filter(({document}) => edit.removed.includes(keyOf(document)));
  return {
    object: clean(
      `release ${release.namespace}/${release.name}, ${metadata.name} ${metadata.version}, revision ${release.record.version}`,
    ),
    fields,
    removed: removed.map(({document, namespace}) => clean(`${document.kind} ${namespace ?? ''}/${document.name}`)),
    kept: observed.length - removed.length - (edit.changed ? 1 : 0),
    helm: {path: helm.path, version: helm.version},
    command: [
      ...Object.entries(upgrade.variables).map(([name, value]) => `${name}=${shellWord(value)}`),
      ...[helm.path, ...upgrade.args].map(shellWord),
    ].join(' '),
    undo: commands.rollback(release.record.version),
  };
}

/** Off with `disable: false` looks odd to whoever knows the documentation. */
function lookingAway({disable}: RuntimeSwitch, on: boolean): string[] {
  return disable && !on
    ? ['disable: true would keep the operator from looking after Hodometer, which then runs on; replicas: 0 stops it.']
    : [];
}

/** The warning of fields that were changed in a release: an upgrade from elsewhere that lacks them takes that back. */
export function takenBack({namespace, name}: FoundRelease, fields: readonly FieldChange[]): string {
  const values = fields.map(({path, after}) => `${path}: ${after}`).join(' and ');
  return `The next upgrade of ${clean(`${namespace}/${name}`)} from a pipeline, or with a values file of someone's own, must carry ${values} too, or it takes this back.`;
}

async function byPatch(
  task: SwitchTask,
  object: RuntimeObject,
  before: RuntimeSwitch,
  to: RuntimeSwitch,
): Promise<ReadySwitch> {
  const {connection, subject, on, warnings} = task;
  const {namespace, name} = object.metadata;
  const steps = stepsTo(object, to);
  requireOnlySwitch(object, await patchRuntime(connection, object, steps, true), to);
  const kubectl = kubectlOf(task);
  const plan: Core2Plan = {
    ...core2Overview(connection, subject, on ? 'on' : 'off'),
    object: clean(`SeldonRuntime ${namespace}/${name}`),
    fields: fieldsOf(before, to, 'spec.overrides[hodometer].'),
    removed: [],
    command: kubectl.patchRuntime(object.metadata, steps),
    undo: kubectl.patchRuntime(object.metadata, stepsBack(object)),
    warnings: [
      ...warnings,
      ...lookingAway(before, on),
      `Whoever applies the SeldonRuntime ${clean(`${namespace}/${name}`)} from a file must write it there too, or takes this back.`,
    ],
  };
  const apply = async () => {
    const after = await patched(connection, object, steps, to);
    try {
      requireOnlySwitch(object, after, to);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const undo = `The change itself was made. To undo it: ${plan.undo}`;
      throw new UserError(error.code, error.message, {suggestions: [...error.suggestions, undo], cause: error});
    }
  };
  return {plan, apply};
}

/** An answer that was lost is asked for again, and the second time the version is another: by our own hand. */
async function patched(
  connection: Connection,
  object: RuntimeObject,
  steps: ReturnType<typeof stepsTo>,
  to: RuntimeSwitch,
): Promise<RuntimeObject> {
  try {
    return await patchRuntime(connection, object, steps, false);
  } catch (error) {
    const now = await readRuntime(connection, object.metadata).catch(() => undefined);
    if (now && problemsOf(object, now, to).length === 0) return now;
    throw error;
  }
}

/** What of the object is another than the switch, by paths. */
function problemsOf(before: RuntimeObject, after: RuntimeObject, to: RuntimeSwitch): string[] {
  const [was, is] = [before, after].map((one) =>
    structuredClone({...(content(one as unknown as LiveObject) as object), kind: 'SeldonRuntime'}),
  ) as unknown as [Record<string, unknown>, Record<string, unknown>];
  // Where there was no entry, it is made with its name alone.
  if (overrideOf(before).override === undefined) {
    const spec = (was.spec ?? {}) as {overrides?: unknown[] | null};
    was.spec = {...spec, overrides: [...(spec.overrides ?? []), {name: 'hodometer'}]};
  }
  return differsAsWanted(was, is, {disable: to.disable, replicas: to.replicas})
    ? []
    : [...differences(was, is), 'spec'];
}

function requireOnlySwitch(before: RuntimeObject, after: RuntimeObject, to: RuntimeSwitch): void {
  const problems = problemsOf(before, after, to);
  if (problems.length === 0) return;
  throw new UserError(
    'release',
    `The server would change more of the SeldonRuntime than the switch: ${[...new Set(problems)]
      .slice(0, 8)
      .map((one) => clean(one, 80))
      .join(', ')}.`,
    {suggestions: ['A webhook may change it on the way; seldon-usage status tells how it is now.']},
  );
}
