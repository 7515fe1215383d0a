import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base.ts';
import {answered} from '../../cli/confirm.ts';
import {yesFlag} from '../../cli/flags.ts';
import {landed} from '../../cli/landing.ts';
import {printJson, say} from '../../cli/print.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {type ChangeOfStore, restoreStore} from '../../operations/store.ts';
import {counted} from '../../render/units.ts';
import {surroundings} from '../../settings.ts';

export default class Restore extends BaseCommand {
  static override summary =
    'Put a backup in the place of the store of a collector that does not run; the old one is kept.';
  static override examples = ['<%= config.bin %> <%= command.id %> reports-2026-11-22.db'];
  static override args = {
    file: Args.string({required: true, ignoreStdin: true, description: 'what serve backup made'}),
  };
  static override flags = {
    ...yesFlag,
    ...storeFlag,
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Restore);
    process.umask(0o077);
    const how = {...landed<ChangeOfStore>()(flags, storeFlag), ask: answered(flags.yes)};
    const result = await restoreStore(args.file, how, surroundings());
    if (flags.json) printJson(result);
    else say(`Restored ${result.store}: ${counted(result.contents.reports, 'report')}, checked.`);
    if (!flags.json && result.replaced) say(`What was there is now ${result.replaced}`);
  }
}
