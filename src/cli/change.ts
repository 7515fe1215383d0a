import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {width} from '../host/terminal.ts';
import type {ChangeOptions, change, Dialogue} from '../operations/change.ts';
import type {AnyChanged, changeFleet, FleetDialogue} from '../operations/change-fleet.ts';
import type {Member} from '../operations/fleet.ts';
import {colours} from '../render/colours.ts';
import {renderCore2Changed, renderCore2Plan} from '../render/core2-plan.ts';
import {changedLine, changedView, renderPlans, renderPlansQuestion} from '../render/fleet-plan.ts';
import {renderChanged, renderPlan} from '../render/plan.ts';
import {surroundings} from '../settings.ts';
import {canAsk, confirm} from './confirm.ts';
import {fleetProgress, printFleet, warnOf} from './fleet.ts';
import {type FleetParsed, fleetOf, ofOneCluster} from './fleet-flags.ts';
import {type Changing, changeOptions} from './helm-flags.ts';
import {takeSignals} from './interrupt.ts';
import {printJson, say} from './print.ts';

type Parsed = Changing & {yes?: boolean; json?: boolean | undefined};

/** What does it, for one cluster and for several. */
export interface Operations {
  readonly change: typeof change;
  /** Absent: the command goes with one cluster. */
  readonly changeFleet?: typeof changeFleet;
}

/** @throws {UserError} usage, if there is a question to ask and nobody to answer it */
function requireAnswer(flags: Parsed): void {
  if (flags.yes || flags['dry-run'] || canAsk()) return;
  throw new UserError('usage', 'There is no terminal to ask on, and nothing is changed without a yes.', {
    suggestions: [
      'yes' in flags
        ? '--yes answers the question; --dry-run shows what would happen.'
        : 'seldon-usage enable --yes and seldon-usage disable --yes say which; --dry-run shows what would happen.',
    ],
  });
}

/**
 * Makes a change as the flags say, in a dialogue with the person, and prints what came of it.
 *
 * @throws {UserError} usage, if there is nobody to ask; what the operation throws
 */
export async function carryOut(
  flags: Omit<Parsed, 'context'> & FleetParsed,
  to: ChangeOptions['to'],
  {change, changeFleet}: Operations,
): Promise<void> {
  const fleet = fleetOf(flags);
  if (fleet && !changeFleet) throw ofOneOnly();
  const ofOne = ofOneCluster(flags);
  requireAnswer(ofOne);
  const given = changeOptions(ofOne);
  const {signal, done} = takeSignals();
  const person = dialogue(flags, signal);
  const options = withLine(given, person);
  try {
    if (fleet && changeFleet) {
      const members = await changeFleet(fleet, {...options, to, signal}, surroundings(), fleetDialogue(flags, signal));
      return printChanges(members, flags.json);
    }
    const changed = await change({...options, to, signal}, surroundings(), person);
    person.done();
    if (flags.json) printJson(changed);
    else say('hodometer' in changed ? renderCore2Changed(changed) : renderChanged(changed));
  } finally {
    done();
    person.done();
  }
}

/** What is told beside the line of what is being done takes that away first. */
function withLine({connection, ...options}: ReturnType<typeof changeOptions>, {done}: {done(): void}) {
  const {waiting} = connection;
  const told: typeof waiting = (...what) => {
    done();
    waiting?.(...what);
  };
  return {...options, connection: {...connection, waiting: told}};
}

function printChanges(members: readonly Member<AnyChanged>[], json: boolean | undefined): void {
  for (const {context, result} of json ? [] : members)
    for (const warning of result?.warnings ?? []) warnOf(clean(warning, 1000), context);
  printFleet(members, changedView, json);
  if (!json && members.some(({result}) => result?.outcome === 'rehearsed'))
    say('Rehearsed on the servers. Nothing was changed.');
}

function ofOneOnly(): UserError {
  return new UserError('usage', 'toggle goes with one cluster: of several, each would become what it is not.', {
    suggestions: ['seldon-usage enable and seldon-usage disable take several contexts.'],
  });
}

/**
 * The plan goes to standard error, as everything that is not the result; with --json it is part of that. What is being
 * done is a line on a terminal that the next one replaces.
 *
 * @returns the dialogue, and a function that removes the line
 */
function dialogue(
  {yes, json}: Pick<Parsed, 'yes' | 'json'>,
  signal: AbortSignal,
  stream: NodeJS.WriteStream = process.stderr,
): Dialogue & {done(): void} {
  const line = (text: string) => {
    if (stream.isTTY && !json) stream.write(`\r\u001b[K${text}`);
  };
  const done = () => line('');
  return {
    doing: (what) => line(`${what}…`),
    plan(plan) {
      done();
      if (json) return;
      const [columns, style] = [width(stream), colours(stream)];
      stream.write('fields' in plan ? renderCore2Plan(plan, columns, style) : renderPlan(plan, columns, style));
    },
    confirm: async (question) => yes === true || confirm(question, signal),
    done,
  };
}

/** The same about several clusters: a line for each that is done. */
function fleetDialogue(
  {yes, json}: Pick<Parsed, 'yes' | 'json'>,
  signal: AbortSignal,
  stream: NodeJS.WriteStream = process.stderr,
): FleetDialogue {
  return {
    told: fleetProgress(changedLine, json) ?? (() => {}),
    plans(plans) {
      if (!json) stream.write(renderPlans(plans, width(stream), colours(stream)));
    },
    confirm: async (plans) => yes === true || confirm(renderPlansQuestion(plans), signal),
  };
}
