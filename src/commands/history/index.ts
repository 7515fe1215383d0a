import {BaseCommand} from '../../cli/base.ts';
import {argument} from '../../cli/flags.ts';
import {filterOf, historyFlags, screenful} from '../../cli/history-flags.ts';
import {printJson, say} from '../../cli/print.ts';
import {wordJson} from '../../cli/word.ts';
import {width} from '../../host/terminal.ts';
import {filtered, history, historyBytes, states} from '../../operations/history.ts';
import {wordNow} from '../../operations/word-now.ts';
import {colours} from '../../render/colours.ts';
import {renderHistory} from '../../render/history.ts';
import {surroundings} from '../../settings.ts';

export default class History extends BaseCommand {
  static override summary =
    'List what was sent, what waits and what failed, newest first; with an ID, print the exact bytes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --outcome waiting --outcome refused',
    '<%= config.bin %> <%= command.id %> --since 7d --json',
  ];
  static override args = {
    id: argument({description: 'ID of a report, as the list has it: its bytes are printed, as they were posted'}),
  };
  static override flags = historyFlags(states);

  async run(): Promise<void> {
    const {args, flags} = await this.parse(History);
    const {limit, context, kubeconfig, 'state-dir': stateDir} = flags;
    if (args.id !== undefined) {
      process.stdout.write(historyBytes(args.id, stateDir, surroundings()));
      return;
    }
    const around = surroundings();
    const {entries: all, unreadable, damaged, folder} = history(stateDir, around);
    const word = await wordNow({kubeconfig, context}, around);
    const found = filtered(all, filterOf(flags));
    const most = (limit ?? (flags.json ? 0 : screenful)) || found.length;
    const entries = found.slice(0, most);
    if (flags.json) printJson({...(word ? wordJson(word) : {}), entries, unreadable});
    else {
      if (word?.sentence) say(`${word.sentence}\n`);
      const isFiltered = found.length < all.length;
      const shown = {entries, older: found.length - entries.length, isFiltered, unreadable, damaged, folder};
      process.stdout.write(renderHistory(shown, width(process.stdout), colours(process.stdout)));
    }
  }
}
