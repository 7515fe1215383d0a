import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base.ts';
import {printJson, say} from '../../cli/print.ts';
import {unsetConfig} from '../../operations/config.ts';
import {surroundings} from '../../settings.ts';

export default class ConfigUnset extends BaseCommand {
  static override summary = 'Take a setting out of your settings file; what else is in it stays.';
  static override examples = ['<%= config.bin %> <%= command.id %> omit'];
  static override args = {
    setting: Args.string({required: true, ignoreStdin: true, description: 'name of the setting; config lists them'}),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(ConfigUnset);
    const path = await unsetConfig(args.setting, surroundings());
    if (flags.json) printJson({path, setting: args.setting});
    else say(`${args.setting} is not set in ${path}`);
  }
}
