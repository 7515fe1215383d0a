import {BaseCommand} from '../cli/base.ts';
import {argument} from '../cli/flags.ts';
import {reportFlags} from '../cli/report-flags.ts';
import {history, historyBytes} from '../operations/history.ts';
import {renderHistory} from '../render/history.ts';
import {colours, width} from '../render/terminal.ts';
import {surroundings} from '../settings.ts';

export default class History extends BaseCommand {
  static override summary = 'List what was sent, what waits and what failed; with an ID, print the exact bytes.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
  static override args = {
    id: argument({description: 'ID of a report, as the list has it: its bytes are printed, as they were posted'}),
  };
  static override flags = {'state-dir': reportFlags['state-dir']};

  async run(): Promise<void> {
    const {args, flags} = await this.parse(History);
    const {'state-dir': stateDir} = flags;
    if (args.id !== undefined) {
      process.stdout.write(historyBytes(args.id, stateDir, surroundings()));
      return;
    }
    const {entries, unreadable, folder} = history(stateDir, surroundings());
    if (flags.json) process.stdout.write(`${JSON.stringify({entries, unreadable})}\n`);
    else {
      const columns = width(process.stdout);
      process.stdout.write(renderHistory({entries, unreadable, folder}, columns, colours(process.stdout)));
    }
  }
}
