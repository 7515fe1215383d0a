import {BaseCommand} from '../../cli/base.ts';
import {UserError} from '../../errors.ts';

export default class Manifests extends BaseCommand {
  static override summary = 'Print what runs send or serve in a cluster: manifests send, manifests serve.';
  static override description =
    'For kubectl apply -f - and for Git; a kustomization (deploy) and a Helm chart (charts/seldon-usage) in the repository hold the same objects. Nothing is applied.';

  async run(): Promise<void> {
    await this.parse(Manifests);
    throw new UserError('usage', 'What is to run there? Either send or serve.', {
      suggestions: ['seldon-usage manifests send --help', 'seldon-usage manifests serve --help'],
    });
  }
}
