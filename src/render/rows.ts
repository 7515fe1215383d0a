import {clean} from '../foreign.ts';
import type {Owner} from '../helm/owner.ts';

/** Lines below the value are to be copied: they are not broken. */
export type Row = readonly [label: string, value: string, ...lines: string[]];

/** Who owns a release, what says so, and the edit to make there. */
export function ownerText({kind, evidence, edit: [what = '', ...lines]}: Owner): [string, ...string[]] {
  return [`${kind} (${evidence}). ${what}`, ...lines];
}

/** A time of Kubernetes, Helm or the ledger to the second, in UTC; the text itself where it is none. */
export function time(text: string): string {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? clean(text || 'at an unknown time') : `${date.toISOString().slice(0, 19)}Z`;
}
