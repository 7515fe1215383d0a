import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import type {Filter, State} from '../operations/history.ts';
import {clusterFlags} from './cluster-flags.ts';
import {parseSince} from './flags.ts';
import {landed} from './landing.ts';
import {stateFlag} from './report-flags.ts';

/** Entries that a person sees who names no limit. */
export const screenful = 20;

/** Which reports are wanted; `states`: what can become of one. */
const wanted = (states: readonly State[]) => ({
  outcome: Flags.option({options: states, multiple: true, multipleNonGreedy: true})({
    description: 'only those of which this became; repeatable',
  }),
  destination: Flags.string({helpValue: '<url>', description: 'only those to a destination whose URL holds this'}),
  since: Flags.string({
    helpValue: '<time>',
    parse: async (text) => parseSince(text),
    description: 'only those since a date, or so long ago: 2026-11-22, 24h, 7d',
  }),
  context: Flags.string({helpValue: '<name>', description: 'only those built from this context of the kubeconfig'}),
  'cluster-id': Flags.string({helpValue: '<uuid>', description: 'only those of the cluster with this ID'}),
});

/**
 * The flags of `history`, which choose among the reports.
 *
 * @param states what can become of one
 */
export const historyFlags = (states: readonly State[]) => ({
  limit: Flags.integer({
    min: 0,
    helpValue: '<number>',
    description: `so many at most; 0: all (default: ${screenful}, with --json all)`,
  }),
  ...wanted(states),
  ...stateFlag,
  kubeconfig: clusterFlags.kubeconfig,
});

/** The parsed flags as what chooses among the reports. */
export function filterOf(flags: Interfaces.InferredFlags<ReturnType<typeof wanted>>): Filter {
  return landed<Filter>()(flags, wanted([]));
}
