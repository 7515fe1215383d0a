import {asking, showPreview} from '../cli/agree.ts';
import {BaseCommand} from '../cli/base.ts';
import {argument} from '../cli/flags.ts';
import {printJson, say, warn} from '../cli/print.ts';
import {nodeProgress} from '../cli/progress.ts';
import {sendFlags, sendOptions} from '../cli/send-flags.ts';
import {requireDelivered} from '../operations/delivered.ts';
import {requireSwitchedOn, send} from '../operations/send.ts';
import {sendPending} from '../operations/send-pending.ts';
import {sendEvery} from '../operations/send-period.ts';
import * as render from '../render/send.ts';
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
  static override args = {
    report: argument({
      description:
        'a report file that collect wrote, or -; then no cluster is contacted. With --pending, the ID of a report that waits',
    }),
  };
  static override flags = sendFlags;

  async run(): Promise<void> {
    const {args, flags, metadata} = await this.parse(Send);
    const around = surroundings();
    requireSwitchedOn(around.env);
    const given = Object.keys(flags).filter((name) => !metadata.flags[name]?.setFromDefault);
    const options = sendOptions(flags, args.report, given, around);
    const {progress, done} = nodeProgress();
    const agree = asking(done);
    // For programs it is in the result.
    const shared = flags.json ? undefined : warn;
    if (flags.period > 0) {
      // Whatever is under way is on the disk: ending here loses nothing.
      process.once('SIGTERM', () => process.exit(0));
      const line = render.eventLine(flags['log-format']);
      await sendEvery(flags.period, options, around, (event) => process.stderr.write(line(event)));
    }
    if (flags.pending) {
      const {
        outcomes,
        held,
        shared: warning,
      } = await sendPending(
        {
          ...options,
          id: args.report,
          connection: {...options.collect.connection, namespace: options.collect.namespace},
        },
        around,
        {agree: agree.waiting, onRetry: agree.onRetry, shared},
      );
      for (const {waiting, error} of held) warn(`The report ${waiting.id} waits on. ${error.message}`);
      if (flags.json) printJson(render.pendingJson(outcomes, held, warning));
      else say(outcomes.length + held.length > 0 ? render.renderDelivered(outcomes) : 'Nothing waits.');
      requireDelivered(outcomes);
      if (held[0]) throw held[0].error;
      return;
    }
    const {
      preview,
      outcomes,
      shared: warning,
    } = await send(options, around, {
      agree: agree.report,
      onRetry: agree.onRetry,
      progress,
      warn,
      shared,
      notAsked: flags.json ? undefined : () => warn('No cluster was asked whether it forbids reports of it.'),
    }).finally(done);
    if (flags.json) printJson(render.sentJson(preview, outcomes, warning));
    else if (outcomes) say(render.renderSent(preview, outcomes));
    else showPreview(preview, 'a dry run, nothing was sent', process.stdout);
    requireDelivered(outcomes ?? []);
  }
}
