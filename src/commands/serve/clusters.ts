import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {printAll} from '../../cli/print.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {messageWidth} from '../../host/terminal.ts';
import {listClusters} from '../../operations/store.ts';
import {clustersJson, renderClusters} from '../../render/clusters.ts';
import {surroundings} from '../../settings.ts';

export default class Clusters extends BaseCommand {
  static override summary =
    'List the clusters that a collector knows, those first that reported last; for who runs it, also while it runs.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json --store sqlite:/var/lib/seldon-usage/reports.db',
  ];
  static override flags = {
    limit: Flags.integer({min: 1, helpValue: '<number>', description: 'so many at most'}),
    ...storeFlag,
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Clusters);
    const {store, clusters} = await listClusters(flags.store, flags.limit, surroundings());
    await printAll(flags.json ? clustersJson(store, clusters) : renderClusters(clusters, messageWidth(process.stdout)));
  }
}
