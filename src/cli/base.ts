import type {Interfaces} from '@oclif/core';
import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';

/** What every command has: errors go up to `main`, untouched, so that there is one place that prints them. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({description: 'print JSON; errors too, on standard error', helpGroup: 'GLOBAL'}),
  };

  /** With the configuration that `main` loaded: oclif would load it once more, and ask for the home directory again. */
  static override async run<T extends Command>(
    this: new (
      argv: string[],
      config: Interfaces.Config,
    ) => T,
    argv: string[] = [],
    config?: Interfaces.LoadOptions,
  ): Promise<ReturnType<T['run']>> {
    return (new this(argv, config as Interfaces.Config) as unknown as BaseCommand)._run();
  }

  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}
