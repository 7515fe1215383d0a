import {BaseCommand} from '../cli/base.ts';
import {builderVersion} from '../report/version.ts';

export default class Version extends BaseCommand {
  static override summary = 'Print the version, as reports say it.';

  async run(): Promise<void> {
    const {flags} = await this.parse(Version);
    this.log(flags.json ? JSON.stringify({version: builderVersion}) : builderVersion);
  }
}
