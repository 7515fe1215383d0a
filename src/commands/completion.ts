import * as Args from '@oclif/core/args';
import {BaseCommand} from '../cli/base.ts';
import {completionScripts} from '../cli/completion-scripts.ts';
import {printJson} from '../cli/print.ts';

export default class Completion extends BaseCommand {
  static override summary = 'Print the script that completes command lines in a shell.';
  static override description =
    'bash: write it into ~/.local/share/bash-completion/completions/seldon-usage; zsh: as _seldon_usage into a folder of $fpath; fish: ~/.config/fish/completions/seldon-usage.fish; kubectl: as kubectl_complete-seldon_usage, executable, into a folder of PATH, for kubectl seldon-usage. Contexts and namespaces are those of your kubeconfig; no cluster is asked.';
  static override examples = ['<%= config.bin %> <%= command.id %> bash'];
  static override args = {
    shell: Args.string({
      required: true,
      ignoreStdin: true,
      options: Object.keys(completionScripts),
      description: 'bash, zsh, fish or kubectl',
    }),
  };

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Completion);
    const script = completionScripts[args.shell as keyof typeof completionScripts];
    if (flags.json) printJson({shell: args.shell, script});
    else process.stdout.write(script);
  }
}
