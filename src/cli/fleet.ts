import {exitCodes, UserError} from '../errors.ts';
import {shownName} from '../foreign.ts';
import {width} from '../host/terminal.ts';
import type {Collected} from '../operations/collected.ts';
import type {Member} from '../operations/fleet.ts';
import type {FleetHooks} from '../operations/send-fleet.ts';
import type {Sent} from '../operations/sending.ts';
import type {ShowResult} from '../operations/show.ts';
import {colours} from '../render/colours.ts';
import {
  collectedView,
  type FleetView,
  type Line,
  memberLine,
  renderMembers,
  reportLine,
  sentView,
} from '../render/fleet.ts';
import {renderHodometer} from '../render/hodometer.ts';
import {renderShow} from '../render/show.ts';
import type {Report} from '../report/index.ts';
import {printJson, tell, warn} from './print.ts';
import {errorJson, reportError} from './report-error.ts';

/** What was told of errors: the contexts of which each was, the one first of which it was told whole. */
const told = new Map<unknown, string[]>();

/**
 * Tells an error of a context, at once and not again: it may be met in what the work ends with, too. What is told of another
 * already, as the no of a cluster that two lead to, is not repeated.
 */
function tellError(context: string, error: unknown): void {
  const key = error instanceof UserError ? `${error.code} ${error.message}` : error;
  const [first, ...others] = told.get(key) ?? [];
  if (first === context || others.includes(context)) return;
  told.set(key, first === undefined ? [context] : [first, ...others, context]);
  if (first === undefined) reportError(ofContext(context, error), []);
  else
    tell(
      `${shownName(context)}: ${memberLine({context, error}, () => ({outcome: ''})).outcome}, as ${shownName(first)}`,
    );
}

/** Tells of each context that it is done, or why it failed, on standard error; for programs nothing. */
export function fleetProgress<T>(
  line: (result: T) => Line,
  json: boolean | undefined,
): ((member: Member<T>) => void) | undefined {
  if (json) return undefined;
  return (member) => {
    const {context, error} = member;
    if (error === undefined) tell(`${shownName(context)}: ${memberLine(member, line).outcome}`);
    else tellError(context, error);
  };
}

/**
 * Prints what became of each context: each error that was not told yet and then a table, or with --json a line of JSON each; the
 * exit code is the worst. A bug is worse than all others, of which the highest counts.
 */
export function printFleet<T>(members: readonly Member<T>[], {line, json}: FleetView<T>, asJson?: boolean): void {
  const failed = members.filter(({error}) => error !== undefined);
  const codes = failed.map(({error}) => (error instanceof UserError ? exitCodes[error.code] : exitCodes.bug));
  if (asJson) {
    for (const {context, result, error, sameAs, undetermined} of members) {
      printJson({
        context,
        ...(sameAs === undefined ? {} : {sameAs}),
        ...(undetermined ? {undetermined} : {}),
        ...(result === undefined ? {} : json(result)),
        ...(error === undefined ? {} : errorJson(error)),
      });
    }
  } else {
    for (const {context, error} of failed) tellError(context, error);
    process.stdout.write(renderMembers(members, line, width(process.stdout)));
  }
  if (codes.length > 0) process.exitCode = codes.includes(exitCodes.bug) ? exitCodes.bug : Math.max(...codes);
}

function ofContext(context: string, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  const {code, message, suggestions} = error;
  // As with kubectl, what is named counts for each; unlike it, a namespace that is not there is no empty one.
  const more =
    code === 'usage'
      ? ['The others were worked on. Name those that are meant with --context, or --exclude this one.']
      : [];
  return new UserError(code, `${shownName(context)}: ${message}`, {
    suggestions: [...suggestions, ...more],
    cause: error,
  });
}

/** Tells what clusters forbid, and what else failed, before the question; programs have it in the result. */
function tellFailed(members: readonly Member<unknown>[]): void {
  for (const {context, error} of members) tellError(context, error);
}

/** Something that a person should know, of one of several clusters. */
export function warnOf(sentence: string, context?: string): void {
  warn(context === undefined ? sentence : `${shownName(context)}: ${sentence}`);
}

/** Prints the reports of several clusters; what is to be known of one is told before. */
export function printReports(members: readonly Member<Collected>[], json: boolean | undefined): void {
  for (const {context, result} of members) {
    if (result?.word?.sentence) tell(`${shownName(context)}: ${result.word.sentence}`);
    for (const warning of result?.warnings ?? []) warnOf(warning, context);
  }
  printFleet(members, collectedView, json);
}

/** The same, for people each as `show` shows one. */
export function printShows(members: readonly Member<ShowResult>[], json: boolean | undefined): void {
  const [columns, style] = [width(process.stdout), colours(process.stdout)];
  for (const {result} of json ? [] : members)
    if (result) process.stdout.write(`${shownText(result, columns, style)}\n`);
  printReports(
    members.map(({result, ...rest}) => (result?.collected ? {...rest, result: result.collected} : rest)),
    json,
  );
}

function shownText(result: ShowResult, columns: number, style: ReturnType<typeof colours>): string {
  const hodometer = result.hodometer ? renderHodometer(result.hodometer, columns, style) : '';
  return `${renderShow(result, columns, style)}${hodometer}`;
}

/** Tells of each cluster that was read. */
export function reportProgress(json: boolean | undefined): ((member: Member<{report: Report}>) => void) | undefined {
  return fleetProgress(({report}) => reportLine(report), json);
}

/** Prints what was sent of several clusters, or would be. */
export function printSends(members: readonly Member<Sent>[], json: boolean | undefined): void {
  printFleet(members, sentView, json);
}

/** What is told while reports of several clusters are sent. */
export function fleetHooks(json: boolean | undefined): Pick<FleetHooks, 'failed' | 'told' | 'warn'> {
  return {failed: json ? undefined : tellFailed, told: reportProgress(json), warn: warnOf};
}
