// What the user is told where a change is refused: what stands in its way, and what to run or edit instead.
import {UserError} from '../errors.ts';
import {clean, shellWord} from '../foreign.ts';
import type {Drift} from './drift.ts';
import {type Located, nameOf} from './objects.ts';
import type {Owner} from './owner.ts';
import type {FoundRelease} from './releases.ts';
import {describeRight, type Right} from './rights.ts';
import {ownerEdit, type UserCommands} from './user-commands.ts';
import {mostRecord} from './verify.ts';

/** Somebody else reconciles the release; with the edit to make instead. */
export function ownedBy(owner: Owner, release: FoundRelease, on: boolean): UserError {
  return new UserError(
    'release',
    `The release ${nameOfRelease(release)} belongs to ${owner.kind} (${owner.evidence}): it would revert a change made by Helm.`,
    {suggestions: ownerEdit(owner, on)},
  );
}

/**
 * The last revision is not deployed.
 *
 * @param good the last revision that was
 * @param now milliseconds since 1970
 */
export function unsettled(
  release: FoundRelease,
  commands: UserCommands,
  good: number | undefined,
  now: number,
): UserError {
  const {record, revisions, driver} = release;
  const {status, last_deployed} = record.info;
  const label = revisions[0]?.status ?? 'unknown';
  const since = last_deployed ? Date.parse(last_deployed) : Number.NaN;
  const age = Number.isFinite(since) ? `, since ${ago(now - since)}` : '';
  const object = `sh.helm.release.v1.${release.name}.v${record.version}`;
  return new UserError(
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

/** The chart has subcharts. */
export function notWhole(release: FoundRelease): UserError {
  return new UserError(
    'release',
    `The chart of ${nameOfRelease(release)} has subcharts, which Helm's record does not hold.`,
    {
      suggestions: ['Upgrade it with the chart that it was installed from, with --reuse-values and the value set.'],
    },
  );
}

/** Rights are missing that Helm would miss in the middle. */
export function lacksRights(user: string, missing: readonly Right[]): UserError {
  const lines = missing.slice(0, 12).map((right) => clean(describeRight(right)));
  return new UserError(
    'cluster',
    `The user ${clean(user)} lacks ${missing.length} ${missing.length === 1 ? 'right' : 'rights'} that the change needs; nothing was changed.`,
    {
      suggestions: [
        ...lines,
        ...(missing.length > lines.length ? [`and ${missing.length - lines.length} more`] : []),
        'Ask somebody with these rights to run it. seldon-usage send --period needs fewer: it only reads nodes.',
      ],
    },
  );
}

/** Somebody changed objects in the cluster, which Helm would reset, or fail over. */
export function drifted(drift: readonly Drift[]): UserError {
  return new UserError(
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

/** @param size bytes of the record, which would no longer fit */
export function tooLarge(size: number, release: FoundRelease): UserError {
  return new UserError(
    'release',
    `The record of ${nameOfRelease(release)} would take ${size} bytes; a ${release.driver === 'secret' ? 'Secret' : 'ConfigMap'} holds ${mostRecord}.`,
    {suggestions: ['The release is too large for Helm to upgrade at all: fewer or smaller values make room.']},
  );
}

/** @param owner the release that an object belongs to that would be made, `namespace/name`; undefined: none */
export function thereAlready({document, namespace}: Located, owner: string | undefined): UserError {
  return new UserError(
    'release',
    `${nameOf(document, namespace)} is there already and belongs to ${owner ? `the release ${clean(owner)}` : 'no Helm release'}.`,
    {
      suggestions: [
        owner
          ? 'A cluster has one set of usage objects: disable them in that release first.'
          : 'Somebody made it by hand: remove it first, if nobody needs it.',
      ],
    },
  );
}

function nameOfRelease({namespace, name}: FoundRelease): string {
  return clean(`${namespace}/${name}`);
}

/** `3 minutes`, for people. */
function ago(milliseconds: number): string {
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
