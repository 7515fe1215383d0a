import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base.ts';
import {answered} from '../../cli/confirm.ts';
import {yesFlag} from '../../cli/flags.ts';
import {landed} from '../../cli/landing.ts';
import {printJson, say, tell} from '../../cli/print.ts';
import {placeFlags} from '../../cli/store-flag.ts';
import {type ChangeOfPlace, forgetCluster} from '../../operations/store.ts';
import {renderErasures, renderForgotten} from '../../render/store.ts';
import {surroundings} from '../../settings.ts';

export default class Forget extends BaseCommand {
  static override summary = 'Erase everything that a collector keeps of a cluster; it may go on running meanwhile.';
  static override examples = ['<%= config.bin %> <%= command.id %> 846db7e9-c861-43d7-8d08-31578af59878'];
  static override args = {
    'cluster-id': Args.string({
      required: true,
      ignoreStdin: true,
      description: 'ID of the cluster, as it stands in its reports',
    }),
  };
  static override flags = {
    ...yesFlag,
    ...placeFlags,
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Forget);
    const how = {...landed<ChangeOfPlace>()(flags, placeFlags), ask: answered(flags.yes)};
    const result = await forgetCluster(args['cluster-id'], how, surroundings());
    if (flags.json) printJson(result);
    else {
      say(renderForgotten(result));
      say(renderErasures(result.sinks));
      if (!result.settled) tell('Traces are left in the log of the store until the collector stops.');
      if (result.reports + result.days === 0) return;
      if (result.passesOnly) {
        tell('A new report of the cluster would be passed on again.');
        return;
      }
      tell(
        'Sums of days, weeks and months that are over keep counting it, without its ID. Backups still hold it. A new report of the cluster would be kept again.',
      );
    }
  }
}
