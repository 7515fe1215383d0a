import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base.ts';
import {answered} from '../../cli/confirm.ts';
import {yesFlag} from '../../cli/flags.ts';
import {landed} from '../../cli/landing.ts';
import {printJson, say} from '../../cli/print.ts';
import {stateFlag} from '../../cli/report-flags.ts';
import {type DiscardOptions, discard} from '../../operations/discard.ts';
import {renderDiscarded, renderDiscardQuestion} from '../../render/send.ts';
import {surroundings} from '../../settings.ts';

export default class Discard extends BaseCommand {
  static override summary = 'Take reports that wait out of the outbox, so that they are not sent any more.';
  static override examples = ['<%= config.bin %> <%= command.id %> 20261122T101500Z-3fa9c1'];
  static override args = {
    id: Args.string({
      required: true,
      multiple: true,
      ignoreStdin: true,
      description:
        'ID of a report that waits, as seldon-usage history lists it, or the beginning or end of one; several',
    }),
  };
  static override flags = {
    ...yesFlag,
    ...stateFlag,
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Discard);
    const ask = answered(false);
    const how: DiscardOptions = {
      ...landed<DiscardOptions>()(flags, {...yesFlag, ...stateFlag}),
      ask: (waiting, shared) => ask(renderDiscardQuestion(waiting, shared)),
    };
    const discarded = await discard(args.id, how, surroundings());
    if (flags.json) printJson({discarded: discarded.map(({url: _, ...rest}) => rest)});
    else say(renderDiscarded(discarded));
  }
}
