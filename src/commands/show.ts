import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base.ts';
import {argument} from '../cli/flags.ts';
import {warn} from '../cli/print.ts';
import {nodeProgress} from '../cli/progress.ts';
import {collectOptions, refuseBuilding, reportFlags} from '../cli/report-flags.ts';
import {tellWord} from '../cli/word.ts';
import {requireID} from '../operations/collected.ts';
import {show} from '../operations/show.ts';
import {renderShow} from '../render/show.ts';
import {colours, width} from '../render/terminal.ts';
import {encodeReportParts} from '../report/index.ts';
import {surroundings} from '../settings.ts';

export default class Show extends BaseCommand {
  static override summary = 'Show what would be sent, and what was read and would not. Nothing is sent.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --explain',
    'kubectl get nodes -o json | <%= config.bin %> <%= command.id %> --nodes -',
  ];
  static override args = {
    report: argument({description: 'a report file that collect wrote, or -; without it, the cluster is read'}),
  };
  static override flags = {
    explain: Flags.boolean({
      description: 'every field with its values here, why it is sent and where it comes from',
      exclusive: ['json'],
    }),
    diff: Flags.boolean({
      description: 'what changed since the last report that was sent from here',
      exclusive: ['explain', 'json'],
    }),
    'all-nodes': Flags.boolean({description: 'list every node instead of groups of alike ones'}),
    url: Flags.string({
      helpValue: '<url>',
      multiple: true,
      multipleNonGreedy: true,
      description: 'collector it would be sent to; repeatable',
    }),
    ...reportFlags,
  };

  async run(): Promise<void> {
    const {args, flags, metadata} = await this.parse(Show);
    if (args.report) refuseBuilding(flags, (name) => metadata.flags[name]?.setFromDefault ?? false);
    const around = surroundings();
    const {progress, done} = nodeProgress();
    const how = {urls: flags.url ?? [], file: args.report, collect: collectOptions(flags, around)};
    const shown = await show(how, around, progress).finally(done);
    const {report, collected} = shown;
    if (flags.json || flags.diff || flags.explain) {
      if (collected?.word) tellWord(collected.word);
    }
    if (flags.json) {
      if (collected) requireID(collected);
      for (const warning of collected?.warnings ?? []) warn(warning);
      for (const part of encodeReportParts(report)) process.stdout.write(part);
      process.stdout.write('\n');
      return;
    }
    const [columns, style] = [width(process.stdout), colours(process.stdout)];
    // What only one of the views needs is loaded for it alone.
    if (flags.diff) {
      const {changesSinceSent} = await import('../operations/diff.ts');
      const {renderDiff} = await import('../render/diff.ts');
      process.stdout.write(renderDiff(changesSinceSent(report, flags['state-dir'], around), style));
    } else if (flags.explain) {
      const {renderExplain} = await import('../render/explain.ts');
      process.stdout.write(renderExplain(report, columns, style));
    } else {
      const table = flags['all-nodes'] ? (await import('../render/node-table.ts')).nodeTable : undefined;
      process.stdout.write(renderShow(shown, columns, style, table));
    }
  }
}
