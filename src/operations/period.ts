// What the processes that stay have in common, for one cluster and for several: their events, and when what is due.

import {setTimeout as sleep} from 'node:timers/promises';
import {amongOthers} from '../cluster/connection/allowance.ts';
import {AcceptedOnce} from '../consent/accepted-once.ts';
import {NotNow} from '../consent/consent.ts';
import {nextDue, waitAfterFailures} from '../delivery/schedule.ts';
import type {Waiting} from '../delivery/waiting.ts';
import type {UserError} from '../errors.ts';
import type {SendOptions, Sent} from './sending.ts';

/** Something that happened while the program stays; one line of the log each. */
export type PeriodEvent = {
  /** Of which cluster, where there are several. */
  readonly context?: string;
} & (
  | {readonly event: 'started'; readonly period: number; readonly contexts?: readonly string[]}
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
  /** Its cluster is reported by another context. */
  | {readonly event: 'same'; readonly as: string}
  | {readonly event: 'next'; readonly at: string}
);

/** The options of every run of one process, which together agree once to what is wider; what a connection tells goes into the log. */
export function thatStays(options: SendOptions, tell: (event: PeriodEvent) => void): SendOptions {
  const {warn} = hooksOf(tell);
  const connection = {
    allowance: amongOthers,
    ...options.collect.connection,
    warn: (message: string) => warn(message),
    waiting: warn,
  };
  return {...options, collect: {...options.collect, connection, acceptedOnce: new AcceptedOnce()}};
}

/** What happens while reports are sent, told as events. */
export function hooksOf(tell: (event: PeriodEvent) => void) {
  return {
    warn: (message: string, context?: string) =>
      tell({event: 'warning', message, ...(context === undefined ? {} : {context})}),
    shared: (message: string) => tell({event: 'warning', message}),
    onRetry: ({destination}: Waiting, reason: string, wait: number) =>
      tell({event: 'retry', destination, reason, wait: Math.round(wait)}),
  };
}

/** What became of one attempt to report a cluster. */
export type Attempt =
  | {readonly delivered: true; readonly clusterID: string}
  | {
      readonly delivered: false;
      /** Not allowed as things are now. */
      readonly forbidden?: true;
      /** Milliseconds that a collector asked for. */
      readonly retryAfter: number;
    };

/** What the command line already tells: a switch, wrong usage, no --yes. */
export function endsProcess(error: UserError): boolean {
  return !(error instanceof NotNow) && (error.code === 'consent' || error.code === 'usage');
}

/** Tells of an error that does not end the process. */
export function failedWith(error: UserError, tell: (event: PeriodEvent) => void): Attempt {
  tell({event: 'error', code: error.code, message: error.message, suggestions: error.suggestions});
  return {delivered: false, retryAfter: 0, ...(error instanceof NotNow ? {forbidden: true} : {})};
}

/** Tells of what was sent, or was not delivered. */
export function attemptOf({preview, outcomes = []}: Sent, tell: (event: PeriodEvent) => void): Attempt {
  const {makes} = preview;
  if (makes) {
    const {name: configMap, namespace} = makes.metadata;
    tell({event: 'made', configMap, namespace, clusterID: makes.data['cluster-id']});
  }
  let retryAfter = 0;
  let delivered = true;
  for (const {waiting, delivery, refused} of outcomes) {
    const {id, destination, bytes} = waiting;
    if (delivery.delivered) tell({event: 'delivered', id, destination, bytes, status: delivery.status});
    else {
      const {attempts, reason, maybeArrived: mayHaveArrived} = delivery;
      const why = {attempts, reason, mayHaveArrived, ...(refused ? {refused} : {})};
      tell({event: 'failed', id, destination, ...why});
      retryAfter = Math.max(retryAfter, delivery.retryAfter ?? 0);
      delivered = false;
    }
  }
  return delivered ? {delivered, clusterID: preview.report.clusterID} : {delivered, retryAfter};
}

/** When what is due, after what became of it. */
export class Due {
  private failures = 0;
  private readonly period: number;

  /** @param period milliseconds */
  constructor(period: number) {
    this.period = period;
  }

  /** Milliseconds since the epoch. A no is no failure: it is asked again when the next report would be due, and not sooner. */
  after(attempt: Attempt): number {
    const now = Date.now();
    this.failures = attempt.delivered || attempt.forbidden ? 0 : this.failures + 1;
    if (attempt.delivered) return nextDue(attempt.clusterID, this.period, now);
    return now + (attempt.forbidden ? this.period : waitAfterFailures(this.failures, this.period, attempt.retryAfter));
  }
}

/** Milliseconds after which the clock is read again: a machine that slept is late by no more than this. */
const longestSleep = 60_000;

/** Resolves when it is so late, milliseconds since the epoch. */
export async function until(due: number): Promise<void> {
  for (let left = due - Date.now(); left > 0; left = due - Date.now()) await sleep(Math.min(left, longestSleep));
}
