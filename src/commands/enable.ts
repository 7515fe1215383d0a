import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base.ts';
import {changeFlags, changeOptions, dialogue, imageFlags} from '../cli/helm-flags.ts';
import {takeSignals} from '../cli/interrupt.ts';
import {printJson, say} from '../cli/print.ts';
import {change} from '../operations/change.ts';
import {renderChanged} from '../render/plan.ts';
import {surroundings} from '../settings.ts';

export default class Enable extends BaseCommand {
  static override summary =
    "Turn on the usage metrics of Seldon's chart by its one Helm value, and change nothing else.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --namespace seldon-system --yes',
  ];
  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'answer the question with yes'}),
    ...imageFlags,
    ...changeFlags,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Enable);
    const options = changeOptions(flags);
    const signals = takeSignals();
    const person = dialogue(flags, signals.signal);
    const work = change({...options, to: true, signal: signals.signal}, surroundings(), person);
    const changed = await work.finally(() => {
      signals.done();
      person.done();
    });
    if (flags.json) printJson(changed);
    else say(renderChanged(changed));
  }
}
