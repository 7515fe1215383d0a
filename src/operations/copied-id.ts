// An ID is a cluster's own as long as nobody copies it: a restored backup or a cloned machine does, and a cluster that wants
// to be counted in another's place, or to have another's report left out, can.
import {NotNow} from '../consent/consent.ts';
import {shellWord, shownName} from '../foreign.ts';
import {checkReport, type Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {type HistoryEntry, history, historyBytes} from './history.ts';

/** What became of one context; as Member in fleet.ts. */
interface Told<T> {
  readonly context: string;
  readonly result?: T;
  readonly error?: unknown;
  readonly sameAs?: string;
}

/** A cluster has the ID of another. */
export class CopiedID extends NotNow {
  /** Context of the other. */
  readonly of: string;

  constructor(clusterID: string, context: string, of: string) {
    super(
      'input',
      `The cluster has the ID ${clusterID}, as that of the context ${shownName(of)} has, and no node in common with it: one of them has it from the other, by a restored backup, a cloned machine or on purpose.`,
      {
        suggestions: [
          `If it is this one, give it an ID of its own: seldon-usage id --reset --context ${shellWord(context)}`,
          'One context alone is sent as it is: seldon-usage send --context NAME',
        ],
      },
    );
    this.of = of;
  }
}

/** Whether two reports under one ID can't be of one cluster: nodes are known of both, and none is in both. */
export function areOfTwo({nodes: some}: Report, {nodes: others}: Report): boolean {
  if (!some || !others || some.length + others.length === 0) return false;
  return !haveNodeInCommon({nodes: some}, {nodes: others});
}

/** Whether a node is in both reports. */
export function haveNodeInCommon(
  {nodes: some}: Pick<Report, 'nodes'>,
  {nodes: others}: Pick<Report, 'nodes'>,
): boolean {
  const ids = new Set(some?.map(({id}) => id));
  return (others ?? []).some(({id}) => ids.has(id));
}

/**
 * Of clusters with one ID and no node in common none is reported but the one whose nodes the last report from here had. Nor
 * is one that is no more like that report, where another context sent it.
 */
export function refuseCopies<T>(
  members: readonly Told<T>[],
  reportIn: (result: T) => Report,
  stateDir: string | undefined,
  around: Surroundings,
): Told<T>[] {
  const read = members.flatMap(({context, result}) => (result ? [{context, report: reportIn(result)}] : []));
  const last = lastSent(stateDir, around);
  return members.map((member) => {
    const {context, result} = member;
    if (!result) return member;
    const report = reportIn(result);
    const {clusterID} = report;
    const before = last(clusterID);
    const others = read.filter((other) => other.context !== context && other.report.clusterID === clusterID);
    // Most are sent by the context of the last time, and nothing has to be read.
    if (others.length === 0 && (before === undefined || before.context === context)) return member;
    const known = before?.report();
    if (known && !areOfTwo(known, report)) return member;
    // What was sent from here before knows whose it is; where nothing was, nobody does.
    const rival = others[0]?.context ?? (known ? before?.context : undefined);
    return rival === undefined ? member : {context, error: new CopiedID(clusterID, context, rival)};
  });
}

/** What was sent last under an ID from here, and by which context. */
function lastSent(stateDir: string | undefined, around: Surroundings) {
  const entries = new Map<string, HistoryEntry>();
  // What can't be read is not known; who needs the ledger says why.
  for (const entry of orNothing(() => history(stateDir, around).entries) ?? [])
    if (entry.state === 'delivered' && entry.context !== undefined) entries.set(entry.clusterID, entry);
  return (clusterID: string) => {
    const entry = entries.get(clusterID);
    const report = () =>
      orNothing(() => checkReport(JSON.parse(String(historyBytes(entry!.id, stateDir, around)))).report);
    return entry && {context: entry.context!, report};
  };
}

function orNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
