import type {Interfaces} from '@oclif/core';
import {Command} from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';

/** What every command has: errors go up to `main`, untouched, so that there is one place that prints them. */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({description: 'print JSON; errors too, on standard error', helpGroup: 'GLOBAL'}),
  };

  /** With the configuration that it is given: oclif would load one. */
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

  /** oclif's own warns of commands that are deprecated, and looks at the command line once more for that. */
  protected override async init(): Promise<void> {}

  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}
