import type {Core2Place} from './find.ts';

/** Whether Hodometer reports from a namespace, by what runs and not by what a switch says. */
export interface Verdict {
  /**
   * `reports`: a pod runs. `starts`: one is wanted or begins. `unknown`: the Deployment wants none, or there is none, but
   * its pods can't be read. `stopped`: no pod, and none is wanted.
   */
  readonly state: 'reports' | 'starts' | 'unknown' | 'stopped';
  /** The SeldonRuntime says `disable: true`, and one runs or starts all the same: nothing deletes its Deployment. */
  readonly disabledInVain: boolean;
  /** The SeldonRuntime wants none, and one runs or starts all the same: no operator acts on it, or none yet. */
  readonly offInVain: boolean;
  /** None runs, but the SeldonRuntime wants one: the operator makes it as soon as it looks. */
  readonly comesBack: boolean;
}

/**
 * What the live Deployments and pods of a namespace come to. From 2.6 on a SeldonRuntime with `disable: true` only keeps
 * the operator from looking after the Deployment; with `replicas: 0` and `disable: false` it is scaled to none.
 */
export function verdictOf({deployments, runtimes, pods}: Core2Place): Verdict {
  const wanted = deployments.some(({replicas}) => replicas > 0);
  const {running, starting} = pods === 'unreadable' ? {running: 0, starting: 0} : pods;
  const state =
    running > 0
      ? ('reports' as const)
      : wanted || starting > 0
        ? ('starts' as const)
        : pods === 'unreadable'
          ? ('unknown' as const)
          : ('stopped' as const);
  // The switch of the runtime has no power over the Deployment of the older era.
  const older = deployments.some(({name, replicas}) => name === 'seldon-hodometer' && replicas > 0);
  const here = (state === 'reports' || state === 'starts') && !older;
  return {
    state,
    disabledInVain: here && runtimes.some(({disable}) => disable),
    offInVain: here && runtimes.length > 0 && runtimes.every(({disable, replicas}) => !disable && replicas === 0),
    comesBack: state === 'stopped' && runtimes.some(({disable, replicas}) => !disable && replicas !== 0),
  };
}
