import {setTimeout as sleep} from 'node:timers/promises';
import {isDeepStrictEqual} from 'node:util';
import {gzipSync} from 'node:zlib';
import type {Connection} from '../cluster/connection/connection.ts';
import {type Document, keyOf, readManifest, withoutAnnotation} from './documents.ts';
import {editProblems} from './edit-render.ts';
import {equalJson, goJson} from './exact-json.ts';
import type {Observed} from './kept.ts';
import {compareLive, type LiveFindings} from './live-usage.ts';
import {content, differences, type LiveObject, type Located, nameOf, readLive} from './objects.ts';
import {filenameAnnotation, type RenderPlan} from './post-render.ts';
import type {Release} from './record.ts';
import type {FoundRelease} from './releases.ts';
import {isUsageDocument} from './usage.ts';

/** Bytes that a Secret or a ConfigMap may hold: MaxSecretSize of Kubernetes. */
export const mostRecord = 1_048_576;

/**
 * What is wrong with a new record: it must hold the old documents and hooks, plus or minus the usage ones, and the planned values.
 *
 * @param checked a manifest that was found to be as planned: the same again needs no parsing
 * @returns one sentence each; empty if it is as planned
 */
export function checkRecord(
  record: Pick<Release, 'manifest' | 'config' | 'hooks'>,
  plan: RenderPlan,
  usage: readonly Document[],
  values: Record<string, unknown>,
  checked?: string,
): string[] {
  const problems: string[] = [];
  if (!equalJson(record.config ?? {}, values)) problems.push('the values differ in more than the one key');
  // Helm 3 leads no hook through the post-renderer. None runs in this change, but the next rollback or removal runs them.
  const hooks = (record.hooks ?? []).flatMap(({manifest}) => readManifest(manifest));
  problems.push(...deviations(hooks, plan.hooks).map((problem) => `the hook ${problem}`));
  if (record.manifest === checked) return problems;
  if (plan.edit) return [...problems, ...editProblems(readManifest(record.manifest), plan.stored, plan.edit)];
  const expected = [...plan.stored.filter((document) => !isUsageDocument(document)), ...(plan.on ? usage : [])];
  return [...problems, ...deviations(readManifest(record.manifest), expected)];
}

/** What is new, gone or otherwise among the documents, by kind and name. */
function deviations(documents: readonly Document[], expected: readonly Document[]): string[] {
  const problems: string[] = [];
  const planned = new Map(expected.map((document) => [keyOf(document), document]));
  const found = new Set<string>();
  for (const document of documents) {
    const key = keyOf(document);
    const one = planned.get(key);
    if (!one || found.has(key)) problems.push(`${nameOf(document, document.namespace)} would be new`);
    else if (!saysTheSame(one.text, document.text))
      problems.push(`${nameOf(document, document.namespace)} would change`);
    found.add(key);
  }
  for (const [key, document] of planned)
    if (!found.has(key)) problems.push(`${nameOf(document, document.namespace)} would be gone`);
  return problems;
}

/** The annotation is Helm 4's own, on its way through the post-renderer only. */
function saysTheSame(planned: string, found: string): boolean {
  if (planned === found) return true;
  return isDeepStrictEqual(
    withoutAnnotation(planned, filenameAnnotation),
    withoutAnnotation(found, filenameAnnotation),
  );
}

/** How much more Go's gzip writes than zlib for text, where the last record does not tell. */
const usualRatio = 1.02;

/**
 * Bytes that Helm will need to store the next record: base64 of its gzip, as Go writes it, judged by the last record.
 *
 * @param next the next record as JSON
 */
export function recordSize(
  next: string,
  {record, unpacked, size}: Pick<FoundRelease, 'record' | 'unpacked' | 'size'>,
): number {
  const growth = Math.max(next.length - unpacked, 0);
  // Far from the limit, the growth alone tells: packing twice would cost a tenth of a second.
  if (size < 0.9 * mostRecord && growth < 0.02 * mostRecord) return size + growth;
  const ratio = size / packedSize(goJson(record));
  return Math.ceil(packedSize(next) * (ratio > 1.005 ? ratio : usualRatio));
}

function packedSize(text: string): number {
  return Math.ceil(gzipSync(text, {level: 9}).length / 3) * 4;
}

/** Milliseconds that a deleted object may take to be gone: a Deployment waits for nothing of its own. */
const patience = 20_000;

/** What is to be seen in the cluster after a change. */
export interface Expected {
  /** Whether the usage documents must be there or gone. */
  readonly on: boolean;
  readonly usage: readonly Located[];
  /** The other objects as they were before the change. */
  readonly others: readonly Observed[];
}

/**
 * Looks at the live objects after the change: the usage objects are there and give what was planned, or are gone, and the
 * others are as they were.
 *
 * @returns one sentence each
 */
export async function checkLive(
  connection: Connection,
  release: FoundRelease,
  {on, usage, others}: Expected,
): Promise<LiveFindings> {
  const checks = [
    ...usage.map(async (one): Promise<LiveFindings> => {
      const live = await waitFor(connection, one, on);
      if ((live !== undefined) !== on)
        return {problems: [`${nameOf(one.document, one.namespace)} is ${on ? 'not there' : 'still there'}`], notes: []};
      return live ? compareLive(one, live, release) : {problems: [], notes: []};
    }),
    ...others.map(async ({live: before, ...one}): Promise<LiveFindings> => {
      const after = await readLive(connection, one);
      const fields = before && after ? differences(content(before), content(after)) : before ? ['all of it'] : [];
      const problems =
        fields.length === 0 ? [] : [`${nameOf(one.document, one.namespace)} changed: ${fields.join(', ')}`];
      return {problems, notes: []};
    }),
  ];
  const found = await Promise.all(checks);
  return {problems: found.flatMap(({problems}) => problems), notes: found.flatMap(({notes}) => notes)};
}

/** The live object, once it is there or gone as wanted or the patience is at its end. */
async function waitFor(connection: Connection, one: Located, wanted: boolean): Promise<LiveObject | undefined> {
  const deadline = Date.now() + (wanted ? 0 : patience);
  for (;;) {
    const live = await readLive(connection, one);
    if ((live !== undefined) === wanted || Date.now() >= deadline) return live;
    await sleep(250);
  }
}
