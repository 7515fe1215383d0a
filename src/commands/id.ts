import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base.ts';
import {clusterFlags, clusterOptions} from '../cli/cluster-flags.ts';
import {answered} from '../cli/confirm.ts';
import {yesFlag} from '../cli/flags.ts';
import {fleetFlags, fleetOf, ofOneCluster} from '../cli/fleet-flags.ts';
import {landed} from '../cli/landing.ts';
import {printJson, say, warn} from '../cli/print.ts';
import {keptFlags} from '../cli/report-flags.ts';
import {idJson, tellWord} from '../cli/word.ts';
import {type IdOptions, id} from '../operations/id.ts';
import {originOfID} from '../render/show.ts';
import {surroundings} from '../settings.ts';

export default class Id extends BaseCommand {
  static override summary = "Print the cluster's ID and where it comes from; store it in the cluster, or replace it.";
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --store'];
  static override flags = {
    store: Flags.boolean({
      description: 'keep the ID in the cluster (ConfigMap seldon-usage), unless it keeps one',
      exclusive: ['reset'],
    }),
    reset: Flags.boolean({description: 'replace the ID that the cluster keeps by a new one, after a question'}),
    ...yesFlag,
    ...keptFlags,
    ...clusterFlags,
    ...fleetFlags,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Id);
    const change = flags.store ? 'store' : flags.reset ? 'reset' : undefined;
    const fleet = fleetOf(flags, ['reset']);
    const cluster = clusterOptions(ofOneCluster(flags));
    const options = {...cluster, ...landed<IdOptions>()(flags, keptFlags), change} as const;
    if (fleet) {
      const {idFleet} = await import('../operations/id-fleet.ts');
      const {idProgress, printIDs} = await import('../cli/fleet-views.ts');
      return printIDs(await idFleet(fleet, options, surroundings(), idProgress(flags.json)), flags.json);
    }
    const result = await id(options, surroundings(), answered(flags.yes));
    const {id: found, word, warnings} = result;
    tellWord(word);
    if (flags.json) printJson(idJson(result));
    else {
      for (const warning of warnings) warn(warning);
      say(process.stdout.isTTY || change ? `${found.value}${originOfID(found)}` : found.value);
    }
  }
}
