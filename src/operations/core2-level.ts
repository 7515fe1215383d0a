import {UserError} from '../errors.ts';
import {clean, isObject} from '../foreign.ts';
import {core2Overview} from '../helm/core2-edit.ts';
import type {Core2Plan, FieldChange} from '../helm/core2-plan.ts';
import {type Document, keyOf, meaning, readManifest} from '../helm/documents.ts';
import {switchOf} from '../helm/edit.ts';
import {findLive, type LiveObject} from '../helm/objects.ts';
import {findOwner} from '../helm/owner.ts';
import {type FoundRelease, readRecord} from '../helm/releases.ts';
import {ownerEdit} from '../helm/user-commands.ts';
import {type Level, levels} from '../report/hodometer/properties.ts';
import {applyEdit, rehearseEdit} from './core2-helm.ts';
import {kubectlOf, ofRelease, takenBack} from './core2-runtime.ts';
import type {ReadySwitch, SwitchTask} from './core2-task.ts';

/**
 * Another level, by `hodometer.metricsLevel` of the set-up chart in both eras: it stands in the Deployment up to 2.5, and from
 * 2.6 on in the SeldonConfig, which the operator carries on.
 *
 * @throws {UserError} release, with the edit to make where there is no such release or another owns it; cluster or helm
 */
export async function prepareLevel(task: SwitchTask, level: Level): Promise<ReadySwitch | undefined> {
  const {connection, subject, options, around, held, warnings} = task;
  const release = await setupRelease(task);
  const documents = readManifest(release.record.manifest);
  const document = documentOf(release, documents);
  const now = (switchOf(meaning(document.text)) as {level?: Level}).level;
  // With a level that it does not know it ends and sends nothing.
  if (options.to === false && (now === undefined || levels.indexOf(level) > levels.indexOf(now)))
    throw new UserError(
      'usage',
      `The level ${level} is more than it sends now (${now ?? 'none'}): disable only takes away.`,
      {
        suggestions: [`seldon-usage enable --level ${level} asks for more.`],
      },
    );
  const place = document.namespace ?? release.namespace;
  const path = 'hodometer.metricsLevel';
  const live = await liveOf(task, document, place);
  const what = `the ${document.kind} ${clean(document.name)}`;
  const owner = await findOwner(connection, {release, documents, operator: live, what, path});
  if (owner)
    throw new UserError(
      'release',
      `The release ${clean(`${release.namespace}/${release.name}`)} belongs to ${owner.kind} (${owner.evidence}): it would take a change back.`,
      {suggestions: ownerEdit(owner, true).map((line) => line.replace(/(metricsLevel: )true$/, `$1${level}`))},
    );
  if (now === level) return undefined;
  const config = release.record.config ?? {};
  const own = config.hodometer;
  const set = isObject(own) ? own : {};
  const values = {...config, hodometer: {...set, metricsLevel: level}};
  const edit = {removed: [], changed: {key: keyOf(document), to: {level}}};
  const ready = await rehearseEdit(
    connection,
    release,
    {values, what: `${path}=${level}`, edit},
    options,
    around,
    held,
  );
  const fields: FieldChange[] = [{path, before: now ?? 'none that it knows', after: level}];
  const plan: Core2Plan = {
    ...core2Overview(connection, subject, 'level'),
    ...ofRelease(ready, fields),
    warnings: [
      ...(document.kind === 'Deployment' ? [] : warnings),
      'What a level does not collect is still sent, as 0.',
      takenBack(release, fields),
    ],
  };
  return {plan, apply: () => applyEdit(ready, options.signal), revision: release.record.version + 1};
}

/** The release of the set-up chart, which may be in another namespace than the runtime. */
async function setupRelease(task: SwitchTask): Promise<FoundRelease> {
  const {connection, subject, options} = task;
  const {place, releases} = subject;
  const all = releases.releases.filter(
    (one) =>
      one.record.chart.metadata.name === 'seldon-core-v2-setup' &&
      (options.release === undefined || one.name === options.release),
  );
  const here = all.filter(({namespace}) => namespace === place.namespace);
  const [one, other] = here.length > 0 ? here : all;
  if (!one) throw withoutSetup(task, releases.unreadable);
  if (other)
    throw new UserError(
      'release',
      'There are several releases of seldon-core-v2-setup: it is not clear which one sets the level.',
      {
        suggestions: all
          .slice(0, 20)
          .map((each) => `--namespace ${clean(each.namespace)} --release ${clean(each.name)}`),
      },
    );
  const whole = one.outline ? await readRecord(connection, one, one.record.version) : one;
  if (!whole) throw new UserError('release', 'Somebody else removed the release in the meantime.');
  const {outline: _, ...rest} = one;
  return {...rest, ...whole};
}

function withoutSetup(task: SwitchTask, unreadable: readonly string[]): UserError {
  const {subject, options} = task;
  return new UserError(
    'release',
    'No release of seldon-core-v2-setup was found, and it is the release that sets the level.',
    {
      suggestions: [
        ...unreadable.slice(0, 12).map((what) => `Not readable: ${clean(what)}`),
        'From 2.6 on METRICS_LEVEL stands in the SeldonConfig: components, hodometer, podSpec, the container’s env.',
        `Up to 2.5: ${kubectlOf(task).setLevel(subject.place.namespace, options.level ?? '')}`,
      ],
    },
  );
}

/** The one document of the release in which the level stands. */
function documentOf(release: FoundRelease, documents: readonly Document[]): Document {
  const found = documents.filter(
    (one) =>
      (one.kind === 'SeldonConfig' || (one.kind === 'Deployment' && one.name === 'seldon-hodometer')) &&
      'level' in (switchOf(meaning(one.text)) ?? {}),
  );
  const [one, other] = found;
  if (one && !other) return one;
  if (!one)
    throw new UserError(
      'release',
      `The release ${clean(`${release.namespace}/${release.name}`)} creates nothing that sets a level for Hodometer: it may be turned off there.`,
      {suggestions: ['seldon-usage status tells what there is.']},
    );
  throw new UserError(
    'release',
    `In ${found.length} objects of the release ${clean(`${release.namespace}/${release.name}`)} a level of Hodometer stands; it can be changed where it is one.`,
    {suggestions: ['seldon-usage status tells what there is.']},
  );
}

async function liveOf(
  {connection}: SwitchTask,
  {kind, name}: Document,
  namespace: string,
): Promise<LiveObject | undefined> {
  const [group, plural] =
    kind === 'Deployment' ? ['apps/v1', 'deployments'] : ['mlops.seldon.io/v1alpha1', 'seldonconfigs'];
  return findLive(
    connection,
    `/apis/${group}/namespaces/${encodeURIComponent(namespace)}/${plural}/${encodeURIComponent(name)}`,
  );
}
