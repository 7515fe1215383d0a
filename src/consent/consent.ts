import {UserError} from '../errors.ts';
import {offSwitches} from '../settings.ts';

/** Who said yes: the person at the terminal, or whoever wrote `--yes`. The ledger keeps it. */
export type Consent = 'asked' | '--yes';

/** The variable that switches everything off; undefined if none does. */
export function switchedOffBy(env: NodeJS.ProcessEnv): string | undefined {
  return offSwitches.find(({variable}) => !['', '0', 'false'].includes((env[variable] ?? '').trim().toLowerCase()))
    ?.variable;
}

/**
 * Comes before anything is read, resolved or asked.
 *
 * @throws {UserError} consent, if a variable switches everything off
 */
export function requireSwitchedOn(env: NodeJS.ProcessEnv): void {
  const variable = switchedOffBy(env);
  if (variable === undefined) return;
  throw new UserError('consent', `${variable} is set: nothing was read, and nothing is sent.`, {
    suggestions: [`Unset ${variable} if reports may be sent from here.`],
  });
}

/**
 * How consent will be had; `ask` leaves it to the person.
 *
 * @param canAsk whether there is a terminal, and a person to ask
 * @throws {UserError} consent, if nobody can give it
 */
export function consentNeeded({yes, canAsk, stays}: {yes: boolean; canAsk: boolean; stays: boolean}): '--yes' | 'ask' {
  if (yes) return '--yes';
  if (!stays && canAsk) return 'ask';
  const why = stays ? 'with --period, nobody is there later to be asked' : 'there is no terminal to ask on';
  throw new UserError('consent', `Nobody agreed that a report is sent: ${why}.`, {
    suggestions: [
      'seldon-usage show prints what would be sent, and sends nothing.',
      'Add --yes to agree; no other flag implies it.',
    ],
  });
}

/**
 * The cluster's own no counts for everybody, whatever they agreed to.
 *
 * @param namespace whose ConfigMap says `reporting: never`
 * @throws {UserError} consent, if there is one
 */
export function requireNoVeto(namespace: string | undefined): void {
  if (namespace === undefined) return;
  throw new UserError(
    'consent',
    `The cluster forbids reporting: the ConfigMap seldon-usage in the namespace ${namespace} says reporting: never.`,
    {suggestions: ['Ask whoever runs the cluster; the line can be removed where it is a mistake.']},
  );
}

/** The person said no, or nothing. */
export function declined(): UserError {
  return new UserError('consent', 'Nothing was sent: the question was not answered with yes.');
}
