import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base.ts';
import {printJson, say} from '../../cli/print.ts';
import {setConfig} from '../../operations/config.ts';
import {surroundings} from '../../settings.ts';

export default class ConfigSet extends BaseCommand {
  static override summary = 'Write a setting into your settings file; what else is in it stays.';
  static override strict = false;
  static override usage = '<%= command.id %> SETTING VALUE...';
  static override examples = [
    '<%= config.bin %> <%= command.id %> url https://usage.example.com',
    '<%= config.bin %> <%= command.id %> omit nodes.osImage nodes.kernelVersion',
  ];
  static override args = {
    setting: Args.string({required: true, ignoreStdin: true, description: 'name of the setting; config lists them'}),
    value: Args.string({required: true, ignoreStdin: true, description: 'its value; url and omit take several'}),
  };

  async run(): Promise<void> {
    const {flags, argv} = await this.parse(ConfigSet);
    const [key = '', ...values] = argv as string[];
    const path = await setConfig(key, values, surroundings());
    if (flags.json) printJson({path, setting: key, values});
    else say(`${key} is set in ${path}`);
  }
}
