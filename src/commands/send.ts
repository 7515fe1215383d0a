import {asking} from '../cli/agree.ts';
import {BaseCommand} from '../cli/base.ts';
import {fleetOf, ofOneCluster} from '../cli/fleet-flags.ts';
import {warn} from '../cli/print.ts';
import {nodeProgress} from '../cli/progress.ts';
import {pendingOptions, sendArgs, sendFlags, sendOptions} from '../cli/send-flags.ts';
import {printPending, printSent, staying} from '../cli/send-output.ts';
import {shortLived} from '../host/short-lived.ts';
import {requireAllSent, requireDelivered} from '../operations/delivered.ts';
import {requireSwitchedOn, send} from '../operations/send.ts';
import {sendPending} from '../operations/send-pending.ts';
import {sendEvery} from '../operations/send-period.ts';
import {surroundings} from '../settings.ts';

export default class Send extends BaseCommand {
  static override summary = 'Send one report to a Spartakus collector, after it was shown and agreed to.';
  static override description =
    'The first report of a cluster puts its random ID into the ConfigMap seldon-usage (key cluster-id), in the namespace of the Seldon Core operator, or in kube-system where there is none. The question and --dry-run show it before it is made.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --url https://usage.example.com',
    '<%= config.bin %> <%= command.id %> report.json --url https://usage.example.com --yes',
    '<%= config.bin %> <%= command.id %> --period 24h --yes --url https://usage.example.com',
  ];
  static override args = sendArgs;
  static override flags = sendFlags;

  async run(): Promise<void> {
    const {args, flags, metadata} = await this.parse(Send);
    const around = surroundings();
    requireSwitchedOn(around.env);
    const given = Object.keys(flags).filter((name) => !metadata.flags[name]?.setFromDefault);
    const options = sendOptions(ofOneCluster(flags), args.report, given, around);
    const fleet = fleetOf(flags, ['pending']);
    const {progress, done} = nodeProgress();
    const {report, waiting, fleet: all, onRetry} = asking(done);
    // For programs it is in the result.
    const shared = flags.json ? undefined : warn;
    if (flags.period === 0) shortLived();
    else await sendEvery(flags.period, options, around, staying(flags['log-format']), fleet);
    if (fleet) {
      const {sendFleet} = await import('../operations/send-fleet.ts');
      const {fleetHooks, printSends} = await import('../cli/fleet.ts');
      const hooks = {...fleetHooks(flags.json), agree: all, onRetry, shared};
      printSends(await sendFleet(fleet, options, around, hooks), flags.json);
    } else if (flags.pending) {
      const result = await sendPending(pendingOptions(options, args.report), around, {agree: waiting, onRetry, shared});
      printPending(result, flags.json);
      requireAllSent(result.outcomes, result.held);
    } else {
      const notAsked = flags.json ? undefined : () => warn('No cluster was asked whether it forbids reports of it.');
      const hooks = {agree: report, onRetry, progress, warn, shared, notAsked};
      const result = await send(options, around, hooks).finally(done);
      printSent(result, flags.json);
      requireDelivered(result.outcomes ?? []);
    }
  }
}
