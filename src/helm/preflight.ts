import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Drift, tryCreate, tryDelete} from './drift.ts';
import {type Located, nameOf, readLive} from './objects.ts';
import type {Owner} from './owner.ts';
import type {FoundRelease} from './releases.ts';
import {describeRight, missingRights, neededRights} from './rights.ts';
import {ownerEdit, shellWord, type UserCommands} from './user-commands.ts';
import {mostRecord} from './verify.ts';

/**
 * Refuses where somebody else reconciles the release, with the edit to make instead.
 *
 * @throws {UserError} release
 */
export function refuseOwner(owner: Owner, release: FoundRelease, on: boolean): never {
  throw new UserError(
    'release',
    `The release ${clean(`${release.namespace}/${release.name}`)} belongs to ${owner.kind} (${owner.evidence}): it would revert a change made by Helm.`,
    {suggestions: ownerEdit(owner, on)},
  );
}

/** Whether the last revision is deployed, by its record and by the label by which Helm looks for it. */
export function isDeployed({record, revisions}: FoundRelease): boolean {
  return record.info.status === 'deployed' && revisions[0]?.status === 'deployed';
}

/**
 * Refuses a release whose last revision is not deployed.
 *
 * @param good the last revision that was
 * @throws {UserError} release
 */
export function refuseUnsettled(
  release: FoundRelease,
  commands: UserCommands,
  good: number | undefined,
  now: number,
): never {
  const {record, revisions, driver} = release;
  const {status, last_deployed} = record.info;
  const label = revisions[0]?.status ?? 'unknown';
  const since = last_deployed ? Date.parse(last_deployed) : Number.NaN;
  const age = Number.isFinite(since) ? `, since ${ago(now - since)}` : '';
  const object = `sh.helm.release.v1.${release.name}.v${record.version}`;
  throw new UserError(
    'release',
    `The last revision of the release ${nameOfRelease(release)}, ${record.version}, is ${clean(status)}${age}${label === status ? '' : ` (its label says ${clean(label)})`}: it is not changed before that is settled.`,
    {
      suggestions: [
        ...(status.startsWith('pending')
          ? ['Another Helm may be at work: wait for it. If none is, it was ended in the middle.']
          : []),
        `See what happened: ${commands.history()}`,
        ...(good === undefined ? [] : [`Go back to the last good revision: ${commands.rollback(good)}`]),
        ...(status === 'deployed'
          ? [
              `If it is deployed, have its label say so: kubectl label ${driver} ${shellWord(object)} status=deployed --overwrite --namespace ${shellWord(release.namespace)}`,
            ]
          : []),
      ],
    },
  );
}

/**
 * Refuses a chart that can't be made again from the record.
 *
 * @throws {UserError} release
 */
export function requireWholeChart(release: FoundRelease): void {
  if (!release.record.chart.metadata.dependencies?.length) return;
  throw new UserError(
    'release',
    `The chart of ${nameOfRelease(release)} has subcharts, which Helm's record does not hold.`,
    {
      suggestions: ['Upgrade it with the chart that it was installed from, with --reuse-values and the value set.'],
    },
  );
}

function nameOfRelease({namespace, name}: FoundRelease): string {
  return clean(`${namespace}/${name}`);
}

/** `3 minutes`, for people. */
export function ago(milliseconds: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1000, 'second'],
  ] as const;
  const [size, unit] = units.find(([size]) => milliseconds >= 2 * size) ?? units[3];
  const count = Math.max(Math.round(milliseconds / size), 0);
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/**
 * Refuses where a right is missing that Helm would miss in the middle.
 *
 * @throws {UserError} cluster
 */
export async function requireRights(
  connection: Connection,
  release: FoundRelease,
  kept: readonly Located[],
  on: boolean,
): Promise<void> {
  const missing = await missingRights(connection, neededRights(kept, {...release, on}));
  if (missing.length === 0) return;
  const lines = missing.slice(0, 12).map((right) => clean(describeRight(right)));
  throw new UserError(
    'cluster',
    `The user ${clean(connection.user)} lacks ${missing.length} ${missing.length === 1 ? 'right' : 'rights'} that the change needs; nothing was changed.`,
    {
      suggestions: [
        ...lines,
        ...(missing.length > lines.length ? [`and ${missing.length - lines.length} more`] : []),
        'Ask somebody with these rights to run it. seldon-usage send --period needs fewer: it only reads nodes.',
      ],
    },
  );
}

/**
 * Refuses where Helm would reset what somebody changed in the cluster, or would fail over it.
 *
 * @throws {UserError} release
 */
export function requireNoDrift(drift: readonly Drift[]): void {
  if (drift.length === 0) return;
  throw new UserError(
    'release',
    `${drift.length === 1 ? 'One live object differs' : `${drift.length} live objects differ`} from the release; Helm would reset that or fail over it.`,
    {
      suggestions: [
        ...drift.slice(0, 20).map(({object, fields}) => `${object}: ${fields.map((field) => clean(field)).join(', ')}`),
        "Put these back, or carry them in the release's values first; then run this again.",
      ],
    },
  );
}

/**
 * Refuses a record that would no longer fit, which Helm 3's own rehearsal does not notice.
 *
 * @param size bytes of the next record
 * @throws {UserError} release
 */
export function requireRoom(size: number, {driver, name, namespace}: FoundRelease): void {
  if (size <= mostRecord) return;
  throw new UserError(
    'release',
    `The record of ${clean(`${namespace}/${name}`)} would take ${size} bytes; a ${driver === 'secret' ? 'Secret' : 'ConfigMap'} holds ${mostRecord}.`,
    {suggestions: ['The release is too large for Helm to upgrade at all: fewer or smaller values make room.']},
  );
}

/**
 * Asks the server whether it would create or remove the usage objects, admission policies included.
 *
 * @throws {UserError} cluster, with the server's reason; release, if they belong to another release
 */
export async function requireAdmission(
  connection: Connection,
  usage: readonly Located[],
  release: FoundRelease,
  on: boolean,
): Promise<void> {
  await Promise.all(
    usage.map(async (one) => {
      if (!on) return tryDelete(connection, one);
      if ((await tryCreate(connection, one)) === 'possible') return;
      const {annotations = {}} = (await readLive(connection, one))?.metadata ?? {};
      const [owner, place] = [annotations['meta.helm.sh/release-name'], annotations['meta.helm.sh/release-namespace']];
      if (owner === release.name && place === release.namespace) return;
      throw new UserError(
        'release',
        `${nameOf(one.document, one.namespace)} is there already and belongs to ${owner ? `the release ${clean(`${place}/${owner}`)}` : 'no Helm release'}.`,
        {
          suggestions: [
            owner
              ? 'A cluster has one set of usage objects: disable them in that release first.'
              : 'Somebody made it by hand: remove it first, if nobody needs it.',
          ],
        },
      );
    }),
  );
}
