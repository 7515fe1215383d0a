// What a change is refused for before Helm is asked to make it; what the user is told then stands in refusals.ts.
import type {Connection} from '../cluster/connection/connection.ts';
import type {Document} from './documents.ts';
import {type Drift, tryCreate, tryDelete} from './drift.ts';
import type {Observed} from './kept.ts';
import {type LiveObject, type Located, readLive} from './objects.ts';
import {findOwner} from './owner.ts';
import * as refusals from './refusals.ts';
import {type FoundRelease, lastDeployed} from './releases.ts';
import {missingRights, neededRights} from './rights.ts';
import type {UserCommands} from './user-commands.ts';
import {mostRecord} from './verify.ts';

/** Whether the last revision is deployed, by its record and by the label by which Helm looks for it. */
export function isDeployed({record, revisions}: FoundRelease): boolean {
  return record.info.status === 'deployed' && revisions[0]?.status === 'deployed';
}

/**
 * Refuses a release whose last revision is not deployed.
 *
 * @throws {UserError} release
 */
export async function requireSettled(
  connection: Connection,
  release: FoundRelease,
  commands: UserCommands,
): Promise<void> {
  if (isDeployed(release)) return;
  throw refusals.unsettled(release, commands, await lastDeployed(connection, release), Date.now());
}

/**
 * Refuses a chart that can't be made again from the record.
 *
 * @throws {UserError} release
 */
export function requireWholeChart(release: FoundRelease): void {
  if (release.record.chart.metadata.dependencies?.length) throw refusals.notWhole(release);
}

/**
 * Refuses where somebody else reconciles the release.
 *
 * @param operator the live workload of the operator
 * @param path of the value
 * @throws {UserError} release
 */
export async function requireNoOwner(
  connection: Connection,
  release: FoundRelease,
  {
    documents,
    operator,
    path,
    on,
  }: {documents: readonly Document[]; operator?: LiveObject | undefined; path: string; on: boolean},
): Promise<void> {
  const owner = await findOwner(connection, {release, documents, operator, path});
  if (owner) throw refusals.ownedBy(owner, release, on);
}

/**
 * Refuses where a right is missing that Helm would miss in the middle.
 *
 * @throws {UserError} cluster
 */
export async function requireRights(
  connection: Connection,
  release: FoundRelease,
  kept: readonly Observed[],
  on: boolean,
): Promise<void> {
  const missing = await missingRights(connection, neededRights(kept, {...release, on}));
  if (missing.length > 0) throw refusals.lacksRights(connection.user, missing);
}

/**
 * Refuses where Helm would reset what somebody changed in the cluster, or would fail over it.
 *
 * @throws {UserError} release
 */
export function requireNoDrift(drift: readonly Drift[]): void {
  if (drift.length > 0) throw refusals.drifted(drift);
}

/**
 * Refuses a record that would no longer fit, which Helm 3's own rehearsal does not notice.
 *
 * @param size bytes of the next record
 * @throws {UserError} release
 */
export function requireRoom(size: number, release: FoundRelease): void {
  if (size > mostRecord) throw refusals.tooLarge(size, release);
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
      throw refusals.thereAlready(one, owner ? `${place}/${owner}` : undefined);
    }),
  );
}
