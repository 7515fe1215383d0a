import {BaseCommand} from '../cli/base.ts';
import {argument} from '../cli/flags.ts';
import {fleetOf, ofOneCluster} from '../cli/fleet-flags.ts';
import {landed} from '../cli/landing.ts';
import {nodeProgress} from '../cli/progress.ts';
import {collectOptions, refuseBuilding} from '../cli/report-flags.ts';
import {destinationFlag, showFlags} from '../cli/show-flags.ts';
import {hasPage, printShown} from '../cli/show-output.ts';
import {shortLived} from '../host/short-lived.ts';
import {requireID} from '../operations/collected.ts';
import {type ShowOptions, show} from '../operations/show.ts';
import {surroundings} from '../settings.ts';

export default class Show extends BaseCommand {
  static override summary = 'Show what would be sent, and what was read and would not. Nothing is sent.';
  static override description =
    "On a cluster with Seldon Core 2 it adds what that's own Hodometer sends, and where to; collect --hodometer writes the event.";
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --explain',
    'kubectl get nodes -o json | <%= config.bin %> <%= command.id %> --nodes -',
  ];
  static override args = {
    report: argument({description: 'a report file that collect wrote, or -; without it, the cluster is read'}),
  };
  static override flags = showFlags;

  async run(): Promise<void> {
    const {args, flags, metadata} = await this.parse(Show);
    if (args.report) refuseBuilding(flags, (name) => metadata.flags[name]?.setFromDefault ?? false);
    else shortLived();
    const around = surroundings();
    const options = collectOptions(ofOneCluster(flags), around);
    const fleet = fleetOf(flags, ['diff', 'explain', 'all-nodes']);
    const how = {
      ...landed<ShowOptions>()(flags, destinationFlag),
      file: args.report,
      collect: options,
      hodometer: hasPage(flags),
    };
    if (fleet) {
      const {showFleet} = await import('../operations/collect-fleet.ts');
      const {printShows, reportProgress} = await import('../cli/fleet.ts');
      return printShows(await showFleet(fleet, how, around, reportProgress(flags.json)), flags.json);
    }
    const {progress, done} = nodeProgress();
    const shown = await show(how, around, progress).finally(done);
    if (flags.json && shown.collected) requireID(shown.collected);
    await printShown(shown, flags, async (report) =>
      (await import('../operations/diff.ts')).changesSinceSent(report, options.stateDir, around),
    );
  }
}
