import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {landed} from '../../cli/landing.ts';
import {printJson, say, tell} from '../../cli/print.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {type ImportOptions, importStore} from '../../operations/move.ts';
import {renderMoved} from '../../render/store.ts';
import {defaults, surroundings} from '../../settings.ts';

export default class Import extends BaseCommand {
  static override summary =
    'Take what serve export wrote into an empty store, of any engine, and compare the two; interrupted, it goes on.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> reports.ndjson --store sqlite:/var/lib/seldon-usage/reports.db',
    'zstd -dc reports.ndjson.zst | <%= config.bin %> <%= command.id %> -',
  ];
  static override args = {
    file: Args.string({required: true, ignoreStdin: true, description: 'what serve export wrote; -: standard input'}),
  };
  static override flags = {
    'max-body': Flags.string({
      helpValue: '<bytes>',
      description: `largest report, as the collector had it (default: ${defaults.maxBody})`,
    }),
    ...storeFlag,
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Import);
    process.umask(0o077);
    const how = landed<ImportOptions>()(flags, Import.flags);
    const result = await importStore(args.file, how, surroundings(), tell);
    if (flags.json) printJson(result);
    else say(`${renderMoved(`Imported into ${result.store}`, result.sums)} Counts and sums of both are the same.`);
  }
}
