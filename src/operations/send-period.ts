import {setTimeout as sleep} from 'node:timers/promises';
import {NotNow, requireSwitchedOn} from '../consent/consent.ts';
import {nextDue, waitAfterFailures} from '../delivery/schedule.ts';
import {UserError} from '../errors.ts';
import type {Surroundings} from '../settings.ts';
import {type SendHooks, type SendOptions, type Sent, send} from './send.ts';

/** Something that happened while the program stays; one line of the log each. */
export type PeriodEvent =
  | {readonly event: 'started'; readonly period: number}
  | {
      readonly event: 'delivered';
      readonly id: string;
      readonly destination: string;
      readonly bytes: number;
      readonly status: number;
    }
  | {
      readonly event: 'failed';
      readonly id: string;
      readonly destination: string;
      readonly attempts: number;
      readonly reason: string;
      readonly mayHaveArrived: boolean;
      /** It does not wait, because it would be refused again. */
      readonly refused?: boolean;
    }
  | {readonly event: 'retry'; readonly destination: string; readonly reason: string; readonly wait: number}
  | {readonly event: 'warning'; readonly message: string}
  | {
      readonly event: 'error';
      readonly code: string;
      readonly message: string;
      /** What to try: the rights that are missing, as commands. */
      readonly suggestions: readonly string[];
    }
  /** The ID was put into the cluster. */
  | {readonly event: 'made'; readonly configMap: string; readonly namespace: string; readonly clusterID: string}
  | {readonly event: 'next'; readonly at: string};

/** Milliseconds after which the clock is read again: a machine that slept is late by no more than this. */
const longestSleep = 60_000;

/**
 * Stays and sends: now, then every period at the cluster's own phase, sooner after failures. Ends only by being ended, or
 * by what the command line already tells: a switch, wrong usage, no --yes. What the cluster forbids it may allow later, and
 * what is wider than agreed may be agreed to by another run: both are told and asked again each period. A pod that ended for them
 * would be started again at once, and ask the cluster more often than one that stays.
 *
 * @param period milliseconds
 * @throws {UserError} consent, usage
 */
export async function sendEvery(
  period: number,
  options: SendOptions,
  around: Surroundings,
  tell: (event: PeriodEvent) => void,
): Promise<never> {
  requireSwitchedOn(around.env);
  tell({event: 'started', period});
  const hooks: SendHooks = {
    warn: (message) => tell({event: 'warning', message}),
    shared: (message) => tell({event: 'warning', message}),
    onRetry: ({destination}, reason, wait) => tell({event: 'retry', destination, reason, wait: Math.round(wait)}),
  };
  let current = options;
  for (let failures = 0; ; ) {
    const {clusterID, delivered, forbidden, retryAfter} = await once(current, around, hooks, tell);
    // It agrees once: to what was wider then, and not to whatever may be wider some day.
    if (delivered) current = {...options, collect: {...options.collect, acceptWider: false}};
    // A no is no failure: it is asked again when the next report would be due, and not sooner.
    failures = delivered || forbidden ? 0 : failures + 1;
    const due = delivered
      ? nextDue(clusterID, period, Date.now())
      : Date.now() + (forbidden ? period : waitAfterFailures(failures, period, retryAfter));
    tell({event: 'next', at: new Date(due).toISOString()});
    for (let left = due - Date.now(); left > 0; left = due - Date.now()) await sleep(Math.min(left, longestSleep));
  }
}

type Once =
  | {
      readonly delivered: true;
      readonly clusterID: string;
      readonly forbidden?: undefined;
      readonly retryAfter?: undefined;
    }
  | {
      readonly delivered: false;
      readonly clusterID?: undefined;
      /** Not allowed as things are now. */
      readonly forbidden?: true;
      readonly retryAfter: number;
    };

async function once(
  options: SendOptions,
  around: Surroundings,
  hooks: SendHooks,
  tell: (event: PeriodEvent) => void,
): Promise<Once> {
  let sent: Sent;
  try {
    sent = await send(options, around, hooks);
  } catch (error) {
    if (error instanceof NotNow) {
      tell({event: 'error', code: error.code, message: error.message, suggestions: error.suggestions});
      return {delivered: false, forbidden: true, retryAfter: 0};
    }
    if (!(error instanceof UserError) || error.code === 'consent' || error.code === 'usage') throw error;
    tell({event: 'error', code: error.code, message: error.message, suggestions: error.suggestions});
    return {delivered: false, retryAfter: 0};
  }
  const {makes} = sent.preview;
  if (makes) {
    const {name: configMap, namespace} = makes.metadata;
    tell({event: 'made', configMap, namespace, clusterID: makes.data['cluster-id']});
  }
  let retryAfter = 0;
  let delivered = true;
  for (const {waiting, delivery, refused} of sent.outcomes ?? []) {
    const {id, destination, bytes} = waiting;
    if (delivery.delivered) tell({event: 'delivered', id, destination, bytes, status: delivery.status});
    else {
      const {attempts, reason, maybeArrived} = delivery;
      tell({
        event: 'failed',
        id,
        destination,
        attempts,
        reason,
        mayHaveArrived: maybeArrived,
        ...(refused ? {refused} : {}),
      });
      retryAfter = Math.max(retryAfter, delivery.retryAfter ?? 0);
      delivered = false;
    }
  }
  return delivered ? {delivered, clusterID: sent.preview.report.clusterID} : {delivered, retryAfter};
}
