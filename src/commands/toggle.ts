import {BaseCommand} from '../cli/base.ts';
import {changeFlags, changeOptions, dialogue, imageFlags} from '../cli/helm-flags.ts';
import {takeSignals} from '../cli/interrupt.ts';
import {printJson, say} from '../cli/print.ts';
import {change} from '../operations/change.ts';
import {renderChanged} from '../render/plan.ts';
import {surroundings} from '../settings.ts';

export default class Toggle extends BaseCommand {
  static override summary =
    "Turn the usage metrics of Seldon's chart on where they are off, and off where they are on; always asks on a terminal.";
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --dry-run'];
  static override flags = {...imageFlags, ...changeFlags};

  async run(): Promise<void> {
    const {flags} = await this.parse(Toggle);
    const options = changeOptions(flags);
    const signals = takeSignals();
    const person = dialogue(flags, signals.signal);
    const work = change({...options, to: 'opposite', signal: signals.signal}, surroundings(), person);
    const changed = await work.finally(() => {
      signals.done();
      person.done();
    });
    if (flags.json) printJson(changed);
    else say(renderChanged(changed));
  }
}
