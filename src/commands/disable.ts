import {BaseCommand} from '../cli/base.ts';
import {carryOut} from '../cli/change.ts';
import {yesFlag} from '../cli/flags.ts';
import {fleetFlags} from '../cli/fleet-flags.ts';
import {changeFlags, levelFlags} from '../cli/helm-flags.ts';
import {change} from '../operations/change.ts';
import {changeFleet} from '../operations/change-fleet.ts';

export default class Disable extends BaseCommand {
  static override summary =
    "Turn off the usage metrics of Seldon's chart, or Hodometer of Seldon Core 2, and change nothing else.";
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --namespace seldon-system --yes',
    '<%= config.bin %> <%= command.id %> --all-contexts --exclude minikube --dry-run',
  ];
  static override flags = {
    ...yesFlag,
    ...levelFlags,
    ...changeFlags,
    ...fleetFlags,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Disable);
    await carryOut(flags, false, {change, changeFleet});
  }
}
