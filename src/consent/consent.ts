import {UserError} from '../errors.ts';
import {clean, shownName} from '../foreign.ts';
import {isOn, offSwitches} from '../settings.ts';

/** Who said yes: the person at the terminal, or whoever wrote `--yes`. The ledger keeps it. */
export type Consent = 'asked' | '--yes';

/** The variable that switches everything off; undefined if none does. */
export function switchedOffBy(env: NodeJS.ProcessEnv): string | undefined {
  return offSwitches.find(({variable}) => isOn(env[variable]))?.variable;
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

/** What is known of a cluster's own no. */
export interface ClusterWord {
  /** Where it stands, and what it says. */
  readonly veto?: {readonly namespace: string; readonly says: string} | undefined;
  /** Where it could not be seen, and what the API server answered there. */
  readonly undetermined: readonly {readonly namespace: string; readonly error: UserError}[];
}

/** Not allowed as things are now, which may change without a new command: a process that stays tells it, and asks again later. */
export class NotNow extends UserError {}

/** The cluster forbids reports, or who asks can't see whether it does, which forbids it to them. */
export class ClusterForbids extends NotNow {}

/** The cluster says no: to everybody, whoever saw it. */
export class ClusterSaysNo extends ClusterForbids {
  readonly veto: NonNullable<ClusterWord['veto']>;

  /** @param by the context that sees it, where the one that is told does not */
  constructor(veto: NonNullable<ClusterWord['veto']>, nothing: string, by?: string) {
    super('consent', `${vetoSentence(veto, by)}. ${nothing}.`, {
      suggestions: [
        'Ask whoever runs the cluster. Any value of that key forbids; to allow reports, remove the key:',
        `kubectl -n ${clean(veto.namespace)} edit configmap seldon-usage`,
      ],
    });
    this.veto = veto;
  }
}

/**
 * A cluster's no as a sentence.
 *
 * @param by the context that sees it, where the one that is told does not
 */
export function vetoSentence({namespace, says}: NonNullable<ClusterWord['veto']>, by?: string): string {
  const seen = by === undefined ? '' : `, as the context ${shownName(by)} sees`;
  return `The cluster forbids reporting${seen}: the ConfigMap seldon-usage in the namespace ${clean(namespace)} says ${says.endsWith(' ') ? `${says}""` : says}`;
}

/** What a person is told of the cluster's own no, wherever its reports are spoken of; undefined where nothing stands in the way. */
export function wordSentence({veto, undetermined}: ClusterWord): string | undefined {
  if (veto) return `${vetoSentence(veto)}. Nothing of it may be sent.`;
  if (undetermined.length === 0) return undefined;
  const places = undetermined.map(({namespace}) => clean(namespace)).join(' and ');
  return `It can't be seen whether the cluster forbids reporting: the ConfigMap seldon-usage in ${places} may not be read. Until it can, nothing of it may be sent.`;
}

/**
 * The cluster's own no counts for everybody, whatever they agreed to. Where it can't be seen whether there is one, there is
 * one: who may not read it must not be the one who can send all the same.
 *
 * @param nothing what did not happen
 * @throws {ClusterForbids} consent; ClusterSaysNo, where a no was seen
 */
export function requireNoVeto({veto, undetermined}: ClusterWord, nothing = 'Nothing was sent'): void {
  if (veto) throw new ClusterSaysNo(veto, nothing);
  if (undetermined.length === 0) return;
  const places = undetermined.map(({namespace}) => clean(namespace)).join(' and ');
  throw new ClusterForbids(
    'consent',
    `It can't be seen whether the cluster forbids reporting: the ConfigMap seldon-usage in ${places} may not be read. ${nothing}.`,
    {suggestions: howToSee(undetermined.map(({error}) => error)), cause: undetermined[0]!.error},
  );
}

/**
 * That a cluster says no which may be the one of another context, that can't see whether it is.
 *
 * @param by the context that sees the no
 * @param cause why the other can't look
 */
export function cantSeeNo(
  by: string,
  {veto: {namespace}}: ClusterSaysNo,
  nothing: string,
  cause: unknown,
): ClusterForbids {
  const place = clean(namespace);
  return new ClusterForbids(
    'consent',
    `The cluster of the context ${shownName(by)} forbids reporting, and it can't be seen whether this is another one: the ConfigMap seldon-usage in the namespace ${place}, which says it there, could not be read here. ${nothing}.`,
    {suggestions: howToSee(cause instanceof UserError ? [cause] : []), ...(cause === undefined ? {} : {cause})},
  );
}

/** The right to see a no, as commands. */
function howToSee(errors: readonly UserError[]): string[] {
  const grantee = errors.flatMap(granteeOf).at(0) ?? '--user=USER';
  const name = 'seldon-usage-veto';
  return [
    'Someone with the right to do so can grant it:',
    `kubectl create clusterrole ${name} --verb=get --resource=configmaps --resource-name=seldon-usage`,
    `kubectl create clusterrolebinding ${name}:${grantee.replace(/^--[a-z]+=/, '')} --clusterrole=${name} ${grantee}`,
  ];
}

/** Whom to grant it, from the binding that the error itself suggests. */
function granteeOf({suggestions}: UserError): string[] {
  return suggestions.flatMap((line) => /--(?:user|serviceaccount)=\S+/.exec(line)?.[0] ?? []);
}

/** The person said no, or nothing. */
export function declined(): UserError {
  return new UserError('consent', 'Nothing was sent: the question was not answered with yes.');
}
