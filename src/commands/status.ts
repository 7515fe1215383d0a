import {BaseCommand} from '../cli/base.ts';
import {fleetFlags, fleetOf, ofOneCluster} from '../cli/fleet-flags.ts';
import {releaseFlags, releaseOptions} from '../cli/helm-flags.ts';
import {landed} from '../cli/landing.ts';
import {printJson} from '../cli/print.ts';
import {keptFlags} from '../cli/report-flags.ts';
import {statusJson} from '../cli/word.ts';
import {exitCodes} from '../errors.ts';
import {width} from '../host/terminal.ts';
import {type StatusOptions, status} from '../operations/status.ts';
import {colours} from '../render/colours.ts';
import {renderStatus} from '../render/status.ts';
import {surroundings} from '../settings.ts';

export default class Status extends BaseCommand {
  static override summary = 'Say whether this cluster reports, since when, and who decides. Reads only.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --namespace seldon-system --json',
  ];
  static override flags = {
    ...keptFlags,
    ...releaseFlags,
    ...fleetFlags,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Status);
    const options = {...releaseOptions(ofOneCluster(flags)), ...landed<StatusOptions>()(flags, keptFlags)};
    const fleet = fleetOf(flags);
    if (fleet) {
      const {statusFleet} = await import('../operations/status-fleet.ts');
      const {printStatuses, statusProgress} = await import('../cli/fleet-views.ts');
      const members = await statusFleet(fleet, options, surroundings(), statusProgress(flags.json));
      return printStatuses(members, flags.json);
    }
    const result = await status(options, surroundings());
    if (flags.json) printJson(statusJson(result));
    else process.stdout.write(renderStatus(result, width(process.stdout), colours(process.stdout)));
    if (!result.determined) process.exitCode = exitCodes.cluster;
  }
}
