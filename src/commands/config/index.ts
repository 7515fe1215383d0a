import {BaseCommand} from '../../cli/base.ts';
import {printJson} from '../../cli/print.ts';
import {width} from '../../host/terminal.ts';
import {config} from '../../operations/config.ts';
import {renderConfig} from '../../render/config.ts';
import {surroundings} from '../../settings.ts';

export default class Config extends BaseCommand {
  static override summary = 'List every setting, its value and where it comes from.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> set omit nodes.osImage nodes.kernelVersion',
    '<%= config.bin %> <%= command.id %> unset omit',
  ];

  async run(): Promise<void> {
    const {flags} = await this.parse(Config);
    const found = config(surroundings());
    if (flags.json) printJson(found);
    else process.stdout.write(renderConfig(found, width(process.stdout)));
  }
}
