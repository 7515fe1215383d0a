import * as Args from '@oclif/core/args';
import {BaseCommand} from '../../cli/base.ts';
import {printJson, say} from '../../cli/print.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {backUpStore} from '../../operations/store.ts';
import {bytes} from '../../render/units.ts';
import {surroundings} from '../../settings.ts';

export default class Backup extends BaseCommand {
  static override summary = 'Copy the store of a collector into a new file, also while it runs.';
  static override examples = ['<%= config.bin %> <%= command.id %> reports-$(date +%F).db'];
  static override args = {
    file: Args.string({required: true, ignoreStdin: true, description: 'file to make; none is ever replaced'}),
  };
  static override flags = {...storeFlag};

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Backup);
    process.umask(0o077);
    const result = await backUpStore(args.file, flags.store, surroundings());
    if (flags.json) printJson(result);
    else say(`Backed up to ${result.file} (${bytes(result.bytes)}), and checked.`);
  }
}
