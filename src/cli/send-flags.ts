import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import type {sendPending} from '../operations/send-pending.ts';
import type {SendOptions} from '../operations/sending.ts';
import {requireTimeout, type Surroundings} from '../settings.ts';
import {clusterFlags} from './cluster-flags.ts';
import {argument, duration} from './flags.ts';
import {landed, settingHelp, settled} from './landing.ts';
import {collectOptions, reportFlags, stateFlag} from './report-flags.ts';

const send = {helpGroup: 'SEND'};

/** Those that land as they are. */
const plain = {
  url: Flags.string({
    ...send,
    aliases: ['database'],
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<url>',
    description: settingHelp('url'),
  }),
  yes: Flags.boolean({...send, char: 'y', description: 'agree to what is sent; needed without a terminal'}),
  'dry-run': Flags.boolean({...send, description: 'do all but send: nothing leaves, nothing is stored'}),
  'keep-reports': Flags.string({
    ...send,
    helpValue: '<number|all>',
    description: settingHelp('keep-reports'),
  }),
};

/** Those that land with the value of the setting of their name, where they are not given. */
const setFlags = {
  'allow-http': Flags.boolean({
    ...send,
    allowNo: true,
    description: settingHelp('allow-http'),
  }),
  cacert: Flags.string({...send, helpValue: '<file>', description: settingHelp('cacert')}),
  timeout: duration({...send, description: settingHelp('timeout')}),
};

/** Those that say what is done, and with what: they are judged together with the argument. */
const judged = {
  pending: Flags.boolean({
    ...send,
    description: 'send what waits in the outbox as it is; with an ID, that report alone',
    exclusive: ['dry-run'],
  }),
  period: duration({...send, description: 'stay, and send now and every period; 0: once', default: 0}),
  'log-format': Flags.option({options: ['text', 'json'] as const})({
    ...send,
    description: 'form of the lines on standard error with --period',
    default: 'text',
  }),
};

/** The flags of `send`, with those of every command that builds a report. */
export const sendFlags = {...plain, ...setFlags, ...judged, ...reportFlags};

/** The argument of `send`. */
export const sendArgs = {
  report: argument({
    description:
      'a report file that collect wrote, or -; then no cluster is contacted. With --pending, the ID of a report that waits',
  }),
};

type Parsed = Interfaces.InferredFlags<typeof plain & typeof setFlags & typeof judged> &
  Parameters<typeof collectOptions>[0];

/**
 * The parsed flags as the options of `send`.
 *
 * @param given names of the flags that the user gave
 * @throws {UserError} usage, if some contradict each other
 */
export function sendOptions(
  flags: Parsed,
  file: string | undefined,
  given: readonly string[],
  around: Surroundings,
): SendOptions {
  const set = settled<SendOptions>()(flags, setFlags, around);
  requireTimeout(set.timeout);
  const ready = flags.pending ? 'reports that wait' : file !== undefined ? 'a report that is ready' : undefined;
  // What waits was built from a cluster, which is asked again whether it forbids reports.
  const used = ['state-dir', ...(flags.pending ? Object.keys(clusterFlags) : ['accept-wider'])];
  const ignored = given.filter(
    (name) => (Object.hasOwn(reportFlags, name) && !used.includes(name)) || (flags.pending && name === 'url'),
  );
  if (ready && ignored.length > 0) {
    const names = ignored.map((name) => `--${name}`).join(', ');
    throw new UserError('usage', `${names}: without effect on ${ready}, which is sent as it is.`);
  }
  if (flags.period > 0 && (ready || flags['dry-run'])) {
    throw new UserError('usage', '--period builds a report each time, and sends it.', {
      suggestions: ['Leave out --period, or the report, --pending and --dry-run.'],
    });
  }
  return {
    ...landed<SendOptions>()(flags, {...plain, ...stateFlag}),
    ...set,
    file,
    collect: collectOptions(flags, around),
    stays: flags.period > 0,
  };
}

/** The same for what waits; `id`: the only one to send. */
export function pendingOptions(options: SendOptions, id: string | undefined): Parameters<typeof sendPending>[0] {
  const {connection, namespace} = options.collect;
  return {...options, id, connection: {...connection, namespace}};
}
