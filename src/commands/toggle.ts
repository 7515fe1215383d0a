import {BaseCommand} from '../cli/base.ts';
import {carryOut, changeFlags, imageFlags} from '../cli/helm-flags.ts';
import {change} from '../operations/change.ts';
import {surroundings} from '../settings.ts';

export default class Toggle extends BaseCommand {
  static override summary =
    "Turn the usage metrics of Seldon's chart on where they are off, and off where they are on; always asks on a terminal.";
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --dry-run'];
  static override flags = {...imageFlags, ...changeFlags};

  async run(): Promise<void> {
    const {flags} = await this.parse(Toggle);
    await carryOut(flags, (options, person) => change({...options, to: 'opposite'}, surroundings(), person));
  }
}
