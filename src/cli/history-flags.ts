import * as Flags from '@oclif/core/flags';
import type {State} from '../operations/history.ts';
import {clusterFlags} from './cluster-flags.ts';
import {reportFlags} from './report-flags.ts';

/** Entries that a person sees who names no limit. */
export const screenful = 20;

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
  outcome: Flags.option({options: states, multiple: true, multipleNonGreedy: true})({
    description: 'only those of which this became; repeatable',
  }),
  destination: Flags.string({helpValue: '<url>', description: 'only those to a destination whose URL holds this'}),
  since: Flags.string({
    helpValue: '<time>',
    description: 'only those since a date, or so long ago: 2026-11-22, 24h, 7d',
  }),
  context: Flags.string({helpValue: '<name>', description: 'only those built from this context of the kubeconfig'}),
  'cluster-id': Flags.string({helpValue: '<uuid>', description: 'only those of the cluster with this ID'}),
  'state-dir': reportFlags['state-dir'],
  kubeconfig: clusterFlags.kubeconfig,
});
