import {BaseCommand} from '../../cli/base.ts';
import {givenOf, installerOf, manifestFlags} from '../../cli/manifest-flags.ts';
import {printJson, printText} from '../../cli/print.ts';
import {manifestsOf} from '../../operations/manifests.ts';

export default class ManifestsServe extends BaseCommand {
  static override summary = 'Print what runs serve in a cluster, with its store on a volume. Nothing is applied.';
  static override description =
    'With --json it is one List. Shares per address need the senders’ own: --service-type LoadBalancer keeps them (externalTrafficPolicy: Local), and behind an Ingress --trusted-proxy names the addresses of its controller.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --service-type LoadBalancer --tls-secret usage-tls',
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --ingress-host usage.example.com --ingress-tls-secret usage-tls --trusted-proxy 10.244.0.0/16',
    '<%= config.bin %> <%= command.id %> --image registry.example.com/seldon-usage:0.1.0 --admin-token-secret usage-token --service-monitor',
  ];
  static override flags = manifestFlags('serve');

  async run(): Promise<void> {
    const {flags} = await this.parse(ManifestsServe);
    const {yaml, json} = manifestsOf('serve', givenOf('serve', flags), installerOf(flags));
    if (flags.json) printJson(json);
    else printText(yaml);
  }
}
