import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {canAsk, confirm} from '../../cli/confirm.ts';
import {printJson, say} from '../../cli/print.ts';
import {keptFlags} from '../../cli/report-flags.ts';
import {discard} from '../../operations/discard.ts';
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
    yes: Flags.boolean({char: 'y', description: 'answer the question with yes'}),
    'state-dir': keptFlags['state-dir'],
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Discard);
    const discarded = await discard(
      args.id,
      {
        stateDir: flags['state-dir'],
        ask: async (waiting) => flags.yes || (canAsk() && (await confirm(renderDiscardQuestion(waiting)))),
      },
      surroundings(),
    );
    if (flags.json) printJson({discarded: discarded.map(({url: _, ...rest}) => rest)});
    else say(renderDiscarded(discarded));
  }
}
