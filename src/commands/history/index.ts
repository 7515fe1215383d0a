import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {clusterFlags} from '../../cli/cluster-flags.ts';
import {argument, parseSince} from '../../cli/flags.ts';
import {printJson, say} from '../../cli/print.ts';
import {reportFlags} from '../../cli/report-flags.ts';
import {wordJson} from '../../cli/word.ts';
import {filtered, history, historyBytes, states} from '../../operations/history.ts';
import {wordNow} from '../../operations/word-now.ts';
import {renderHistory} from '../../render/history.ts';
import {colours, width} from '../../render/terminal.ts';
import {surroundings} from '../../settings.ts';

/** Entries that a person sees who names no limit. */
const screenful = 20;

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
  static override flags = {
    limit: Flags.integer({
      min: 0,
      helpValue: '<number>',
      description: `so many at most; 0: all (default: ${screenful}, with --json all)`,
    }),
    outcome: Flags.option({options: states, multiple: true, multipleNonGreedy: true})({
      description: 'only those of which this became; repeatable',
    }),
    destination: Flags.string({helpValue: '<url>', description: 'only those to a destination whose URL holds this'}),
    since: Flags.string({
      helpValue: '<time>',
      description: 'only those since a date, or so long ago: 2026-11-22, 24h, 7d',
    }),
    context: Flags.string({helpValue: '<name>', description: 'only those built from this context of the kubeconfig'}),
    'cluster-id': Flags.string({helpValue: '<uuid>', description: 'only those of the cluster with this ID'}),
    'state-dir': reportFlags['state-dir'],
    kubeconfig: clusterFlags.kubeconfig,
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(History);
    const {limit, outcome, destination, context, 'cluster-id': clusterID, 'state-dir': stateDir} = flags;
    if (args.id !== undefined) {
      process.stdout.write(historyBytes(args.id, stateDir, surroundings()));
      return;
    }
    const since = flags.since === undefined ? undefined : parseSince(flags.since);
    const filter = {clusterID, context, destination, states: outcome, since};
    const around = surroundings();
    const {entries: all, unreadable, damaged, folder} = history(stateDir, around);
    const word = await wordNow({kubeconfig: flags.kubeconfig, context}, around);
    const found = filtered(all, filter);
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
