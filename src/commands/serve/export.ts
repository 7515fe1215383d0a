import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {onExit} from '../../cli/interrupt.ts';
import {printAll, printJson, say, tell} from '../../cli/print.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {exportToFile} from '../../operations/export-file.ts';
import {exportStore} from '../../operations/move.ts';
import {renderExported} from '../../render/store.ts';
import {surroundings} from '../../settings.ts';

export default class Export extends BaseCommand {
  static override summary = 'Write all that a collector keeps as lines of JSON, for serve import; also while it runs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --output reports.ndjson',
    '<%= config.bin %> <%= command.id %> | zstd > reports.ndjson.zst',
  ];
  static override flags = {
    output: Flags.string({
      char: 'o',
      helpValue: '<file>',
      default: '-',
      description:
        'write to a file, whole or not at all; interrupted, the same command goes on. -: standard output, where it begins again',
    }),
    ...storeFlag,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Export);
    if (flags.output === '-') return printAll((await exportStore(flags.store, surroundings())).lines);
    const result = await exportToFile(flags.store, flags.output, surroundings(), {say: tell, onExit});
    if (flags.json) printJson(result);
    else say(renderExported(result));
  }
}
