import {checkReport, type Extension, type NodeReport, type Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {type HistoryEntry, history, historyBytes} from './history.ts';

/** A value that is another than before; absent where there is none. */
export interface Change {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** What differs between two reports of a cluster. The time and the program that built them are left out. */
export interface Difference {
  /** Of the report itself: `masterVersion`, `clusterID`. */
  readonly fields: readonly Change[];
  /** Extensions by their names. */
  readonly extensions: readonly Change[];
  readonly addedNodes: readonly NodeReport[];
  readonly removedNodes: readonly NodeReport[];
  readonly changedNodes: readonly {readonly id: string; readonly changes: readonly Change[]}[];
}

/** The report that was sent last for a cluster, and what the ledger says of it; undefined if none was. */
export function lastSent(
  clusterID: string,
  stateDir: string | undefined,
  around: Surroundings,
): {report: Report; entry: HistoryEntry} | undefined {
  const entry = history(stateDir, around).entries.findLast(
    (each) => each.state === 'delivered' && each.clusterID === clusterID,
  );
  if (!entry) return undefined;
  const {report} = checkReport(JSON.parse(historyBytes(entry.id, stateDir, around).toString('utf8')));
  return report && {report, entry};
}

/** What changed since the report that was sent last for the same cluster; undefined if none was. */
export function changesSinceSent(
  report: Report,
  stateDir: string | undefined,
  around: Surroundings,
): {difference: Difference; since: HistoryEntry} | undefined {
  const last = lastSent(report.clusterID, stateDir, around);
  return last && {difference: diffReports(last.report, report), since: last.entry};
}

/** What changed from one report to another. */
export function diffReports(before: Report, after: Report): Difference {
  const old = new Map((before.nodes ?? []).map((node) => [node.id, node]));
  const addedNodes: NodeReport[] = [];
  const changedNodes: {id: string; changes: Change[]}[] = [];
  for (const node of after.nodes ?? []) {
    const known = old.get(node.id);
    old.delete(node.id);
    if (!known) addedNodes.push(node);
    else {
      const changes = compare(valuesOf(known), valuesOf(node));
      if (changes.length > 0) changedNodes.push({id: node.id, changes});
    }
  }
  return {
    fields: compare(head(before), head(after)),
    extensions: compare(pairs(before.extensions), pairs(after.extensions)),
    addedNodes,
    removedNodes: [...old.values()],
    changedNodes,
  };
}

type Values = Map<string, string>;

function compare(before: Values, after: Values): Change[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === now) return [];
    return [{path, ...(old === undefined ? {} : {before: old}), ...(now === undefined ? {} : {after: now})}];
  });
}

function head({clusterID, masterVersion}: Report): Values {
  return new Map(Object.entries({clusterID, ...(masterVersion ? {masterVersion} : {})}));
}

function pairs(extensions: readonly Extension[] = []): Values {
  return new Map(extensions.map(({name, value}) => [name, value]));
}

function valuesOf({id: _, capacity = [], ...fields}: NodeReport): Values {
  return new Map([
    ...Object.entries(fields as Record<string, string>),
    ...capacity.map(({resource, value}): [string, string] => [`capacity.${resource}`, value]),
  ]);
}
