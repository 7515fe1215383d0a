import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base.ts';
import {fleetOf, ofOneCluster} from '../cli/fleet-flags.ts';
import {warn} from '../cli/print.ts';
import {nodeProgress} from '../cli/progress.ts';
import {collectOptions, ofReport, reportFlags} from '../cli/report-flags.ts';
import {writeDocument} from '../cli/report-output.ts';
import {tellWord} from '../cli/word.ts';
import {shortLived} from '../host/short-lived.ts';
import {collect, requireID} from '../operations/collect.ts';
import {encodeReport, encodeReportParts} from '../report/index.ts';
import {surroundings} from '../settings.ts';

export default class Collect extends BaseCommand {
  static override summary = 'Build the report and print it as JSON. Nothing is sent, and the cluster is not changed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --output report.json',
    'kubectl get nodes -o json | <%= config.bin %> <%= command.id %> --nodes - --cluster-id $(uuidgen)',
  ];
  static override flags = {
    output: Flags.string({
      char: 'o',
      helpValue: '<file|->',
      description: 'write to a file, whole or not at all; -: standard output',
    }),
    pretty: Flags.boolean({description: 'indent the JSON'}),
    hodometer: Flags.boolean({
      description: "write the event that Seldon Core 2's Hodometer sends, instead of the report",
      exclusive: ofReport,
    }),
    ...reportFlags,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Collect);
    shortLived();
    const around = surroundings();
    const options = collectOptions(ofOneCluster(flags), around);
    const fleet = fleetOf(flags, ['output', 'pretty', 'hodometer']);
    if (flags.hodometer) {
      const {collectHodometer} = await import('../operations/hodometer.ts');
      const {writeEvent} = await import('../cli/event-output.ts');
      return writeEvent(flags, await collectHodometer(options, around));
    }
    if (fleet) {
      const {collectFleet} = await import('../operations/collect-fleet.ts');
      const {printReports, reportProgress} = await import('../cli/fleet.ts');
      return printReports(await collectFleet(fleet, options, around, reportProgress(flags.json)), true);
    }
    const {progress, done} = nodeProgress();
    const collected = await collect(options, around, progress).finally(done);
    if (collected.word) tellWord(collected.word);
    requireID(collected);
    const {report} = collected;
    writeDocument(flags, flags.pretty ? [encodeReport(report, 2)] : encodeReportParts(report));
    for (const warning of collected.warnings) warn(warning);
  }
}
