import {BaseCommand} from '../../cli/base.ts';
import {printJson, say} from '../../cli/print.ts';
import {placeFlags} from '../../cli/store-flag.ts';
import {checkStore} from '../../operations/store.ts';
import {renderContents} from '../../render/store.ts';
import {surroundings} from '../../settings.ts';

export default class Check extends BaseCommand {
  static override summary = 'Check the store of a collector page by page, also while it runs, and say what it holds.';
  static override examples = ['<%= config.bin %> <%= command.id %> --store sqlite:reports-2026-11-22.db'];
  static override flags = {...placeFlags};

  async run(): Promise<void> {
    const {flags} = await this.parse(Check);
    const {store, contents} = await checkStore(flags, surroundings());
    if (flags.json) printJson({store, sound: true, ...contents});
    else say(renderContents(store, contents));
  }
}
