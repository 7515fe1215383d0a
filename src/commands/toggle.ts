import {BaseCommand} from '../cli/base.ts';
import {carryOut} from '../cli/change.ts';
import {oneContext} from '../cli/fleet-flags.ts';
import {changeFlags, imageFlags} from '../cli/helm-flags.ts';
import {change} from '../operations/change.ts';

export default class Toggle extends BaseCommand {
  static override summary =
    "Turn the usage metrics of Seldon's chart, or Hodometer of Seldon Core 2, on where they are off, and off where they are on; always asks on a terminal.";
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --dry-run'];
  static override flags = {
    ...imageFlags,
    ...changeFlags,
    context: oneContext,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Toggle);
    await carryOut({...flags, 'all-contexts': false, exclude: undefined}, 'opposite', {change});
  }
}
