import {BaseCommand} from '../../cli/base.ts';
import {givenOf, installerOf, manifestFlags} from '../../cli/manifest-flags.ts';
import {printJson, printText} from '../../cli/print.ts';
import {manifestsOf} from '../../operations/manifests.ts';

export default class ManifestsSend extends BaseCommand {
  static override summary = 'Print what runs send in a cluster, with the least rights. Nothing is applied.';
  static override description =
    'With --json it is one List. The ConfigMap that keeps the cluster’s ID comes without data, since the right to create cannot be limited to one name; what is in it stays.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --url https://usage.example.com',
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --url https://usage.example.com --period 24h --find-operator',
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --url https://usage.example.com | kubectl apply -f -',
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --url https://usage.example.com --values-for flux',
  ];
  static override flags = manifestFlags('send');

  async run(): Promise<void> {
    const {flags} = await this.parse(ManifestsSend);
    const {yaml, json} = manifestsOf('send', givenOf('send', flags), installerOf(flags));
    if (flags.json) printJson(json);
    else printText(yaml);
  }
}
