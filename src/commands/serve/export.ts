import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {printAll, printJson, say} from '../../cli/print.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {writeFileWholeFrom} from '../../cli/write-file.ts';
import {exportStore} from '../../operations/move.ts';
import {renderMoved} from '../../render/store.ts';
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
      description: 'write to a file, whole or not at all; -: standard output. What is interrupted is begun again',
    }),
    ...storeFlag,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Export);
    const {store, lines, sums} = await exportStore(flags.store, surroundings());
    if (flags.output === '-') return printAll(lines);
    await writeFileWholeFrom(flags.output, lines);
    if (flags.json) printJson({store, file: flags.output, sums: sums()});
    else say(renderMoved(`Exported to ${flags.output}`, sums()!));
  }
}
