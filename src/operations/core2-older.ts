import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean, isObject} from '../foreign.ts';
import {core2Overview} from '../helm/core2-edit.ts';
import type {Core2Plan, FieldChange} from '../helm/core2-plan.ts';
import {core2Values, isSetupWithSwitch} from '../helm/core2-values.ts';
import {keyOf, readManifest} from '../helm/documents.ts';
import {isOlderHodometer} from '../helm/edit.ts';
import {findLive, type LiveObject} from '../helm/objects.ts';
import {findOwner} from '../helm/owner.ts';
import type {FoundRelease} from '../helm/releases.ts';
import {ownerEdit, upgradeFromRepository} from '../helm/user-commands.ts';
import {applyEdit, rehearseEdit} from './core2-helm.ts';
import {kubectlOf, ofRelease, takenBack} from './core2-runtime.ts';
import {type Core2Subject, releaseOf} from './core2-subject.ts';
import type {ReadySwitch, SwitchTask} from './core2-task.ts';

/**
 * The switch up to 2.5: `hodometer.enabled` of the set-up chart, which takes Hodometer's Deployment, account and rights away.
 *
 * @throws {UserError} release: with Helm's command to turn it on, or the edit where another owns it; cluster or helm
 */
export async function prepareOlder(task: SwitchTask): Promise<ReadySwitch | undefined> {
  const {connection, subject, on, options, around, held} = task;
  const {place} = subject;
  const found = await olderRelease(task);
  const {release, live} = found;
  if (!release && subject.era !== 'up to 2.5') throw withoutRelease(task);
  if (on) throw enableByHelm(task, release);
  if (!release) throw withoutRelease(task);
  const documents = readManifest(release.record.manifest);
  const owner = await findOwner(connection, {
    ...{release, documents, operator: live, what: 'its Deployment', path: 'hodometer.enabled'},
  });
  if (owner)
    throw new UserError(
      'release',
      `The release ${clean(`${release.namespace}/${release.name}`)} belongs to ${owner.kind} (${owner.evidence}): it would take a change back.`,
      {suggestions: ownerEdit(owner, false)},
    );
  requireSetup(release);
  const removed = documents.filter(isOlderHodometer).map(keyOf);
  if (removed.length === 0)
    throw new UserError(
      'release',
      `The release ${clean(release.name)} says off already, and Hodometer runs all the same.`,
      {
        suggestions: [
          ...place.deployments.map((one) => kubectlOf(task).scaleToNone(one)),
          'seldon-usage status tells what runs.',
        ],
      },
    );
  const config = release.record.config ?? {};
  const own = config.hodometer;
  const set = isObject(own) ? own : {};
  const values = {...config, hodometer: {...set, enabled: false}};
  const what = 'hodometer.enabled=false';
  const ready = await rehearseEdit(connection, release, {values, what, edit: {removed}}, options, around, held);
  const fields: FieldChange[] = [{path: 'hodometer.enabled', before: 'true', after: 'false'}];
  const plan: Core2Plan = {
    ...core2Overview(connection, {place, era: 'up to 2.5'}, 'off'),
    ...ofRelease(ready, fields),
    // Whether an operator runs is not said: Helm itself removes the Deployment.
    warnings: [takenBack(release, fields)],
  };
  return {plan, apply: () => applyEdit(ready, options.signal), revision: release.record.version + 1};
}

/** Where Hodometer was stopped by other hands than Helm's: what its release still says. */
export function stillWantedBy({place: {namespace, runtimes}, releases: {releases}}: Core2Subject): string[] {
  if (runtimes.length > 0) return [];
  return releases
    .filter((one) => one.namespace === namespace && isSetupWithSwitch(one.record))
    .filter(({record}) =>
      core2Values(record).some(({path, effective}) => path === 'hodometer.enabled' && effective === true),
    )
    .map(
      ({name}) =>
        `The release ${namespace}/${name} says hodometer.enabled: true all the same: its next upgrade can bring Hodometer back, unless it carries hodometer.enabled: false.`,
    );
}

/** The release of the Deployment that is there; where there is none, the one set-up release of its era. */
async function olderRelease({connection, subject: {place, releases}}: SwitchTask): Promise<{
  release: FoundRelease | undefined;
  live: LiveObject | undefined;
}> {
  const live = await readDeployment(connection, place.namespace);
  const annotations = live?.metadata.annotations ?? {};
  const release = await releaseOf(connection, annotations, place.namespace, releases);
  if (release || live) return {release, live};
  const here = releases.releases.filter((one) => one.namespace === place.namespace && isSetupWithSwitch(one.record));
  return {release: here.length === 1 ? here[0] : undefined, live};
}

function readDeployment(connection: Connection, namespace: string): Promise<LiveObject | undefined> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/deployments/seldon-hodometer`;
  return findLive(connection, path);
}

function requireSetup(release: FoundRelease): void {
  if (isSetupWithSwitch(release.record)) return;
  const {name, version} = release.record.chart.metadata;
  throw new UserError(
    'release',
    `Hodometer was made by ${clean(`${name} ${version}`, 120)}, which is not a chart whose hodometer.enabled may be changed.`,
    {
      suggestions: [
        'In 2.6 hodometer.enabled=false also leaves out what other parts need: the cluster would have no SeldonConfig.',
        'From 2.6 on the switch is in the SeldonRuntime.',
      ],
    },
  );
}

/** It would bring back a Role over every Secret: that is for a person to do knowingly. */
function enableByHelm({connection, options}: SwitchTask, release: FoundRelease | undefined): UserError {
  const command =
    release &&
    upgradeFromRepository(
      {...release, chart: 'seldon-core-v2-setup', version: release.record.chart.metadata.version},
      'hodometer.enabled=true',
      connection,
      options.connection.kubeconfig,
    );
  return new UserError(
    'release',
    'Up to 2.5 Hodometer is not turned on here: it would bring back a Role over every Secret of its namespace.',
    {
      suggestions: [
        ...(command
          ? ['If that is wanted, with Helm:', command]
          : ['If that is wanted, by whoever installed Seldon Core 2.']),
        'seldon-usage send --period reports without it.',
      ],
    },
  );
}

/** Where no release made it, and no SeldonRuntime decides. */
function withoutRelease(task: SwitchTask): UserError {
  const {place} = task.subject;
  const commands = place.deployments.map((one) => kubectlOf(task).scaleToNone(one));
  return new UserError(
    'release',
    `No release and no SeldonRuntime decides on Hodometer in ${clean(place.namespace)}: whoever made it may make it again.`,
    {
      suggestions:
        commands.length > 0
          ? ['To stop what is there:', ...commands]
          : ['Its pods have no Deployment: kubectl delete pod ends them.'],
    },
  );
}
