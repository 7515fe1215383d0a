import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';

/** What every command has: errors go up to `main`, untouched, so that there is one place that prints them. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({description: 'print JSON; errors too, on standard error', helpGroup: 'GLOBAL'}),
  };

  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}
