import {Flags} from '@oclif/core';
import {BaseCommand} from '../cli/base.ts';
import {argument} from '../cli/flags.ts';
import {nodeProgress} from '../cli/progress.ts';
import {collectOptions, refuseBuilding, reportFlags} from '../cli/report-flags.ts';
import {collect, requireID} from '../operations/collect.ts';
import {chosenDestinations, shownDestinations} from '../operations/destination.ts';
import {diffReports, lastSent} from '../operations/diff.ts';
import {readReport} from '../operations/read-report.ts';
import {renderDiff} from '../render/diff.ts';
import {renderExplain} from '../render/explain.ts';
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
    report: argument({
      description: 'a report file that collect wrote, or -; without it, the cluster is read',
    }),
  };
  static override flags = {
    explain: Flags.boolean({description: 'every field with its values here, why it is sent and where it comes from'}),
    diff: Flags.boolean({
      description: 'what changed since the last report that was sent from here',
      exclusive: ['explain'],
    }),
    'all-nodes': Flags.boolean({description: 'list every node instead of groups of alike ones'}),
    url: Flags.string({
      helpValue: '<url>',
      multiple: true,
      description: 'collector that it would be sent to; repeatable',
    }),
    ...reportFlags,
  };

  async run(): Promise<void> {
    const {args, flags, metadata} = await this.parse(Show);
    if (args.report) refuseBuilding(flags, (name) => metadata.flags[name]?.setFromDefault ?? false);
    const around = surroundings();
    const destination = shownDestinations(chosenDestinations(flags.url ?? [], around));
    const {progress, done} = nodeProgress();
    const collected = args.report
      ? undefined
      : await collect(collectOptions(flags, around), around, progress).finally(done);
    const report = collected?.report ?? (await readReport(args.report!));
    const shown = {report, destination, ...(collected ? {collected} : {file: args.report!})};
    if (flags.json) {
      if (collected) requireID(collected);
      for (const part of encodeReportParts(report)) process.stdout.write(part);
      process.stdout.write('\n');
      return;
    }
    const [columns, style] = [width(process.stdout), colours(process.stdout)];
    if (flags.diff) {
      const last = lastSent(report.clusterID, flags['state-dir'], around);
      process.stdout.write(renderDiff(last && diffReports(last.report, report), last?.entry, style));
    } else if (flags.explain) process.stdout.write(renderExplain(report, columns, style));
    else process.stdout.write(renderShow(shown, columns, style, flags['all-nodes']));
  }
}
