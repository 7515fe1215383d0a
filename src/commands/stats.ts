import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../cli/base.ts';
import {landed} from '../cli/landing.ts';
import {printJson, printText} from '../cli/print.ts';
import {width} from '../host/terminal.ts';
import {type StatsOptions, stats, statsCsv} from '../operations/stats.ts';
import {renderStatistics} from '../render/stats.ts';
import {dashboardUrl, defaults, surroundings} from '../settings.ts';

/** What is asked, and of whom. */
const asked = {
  url: Flags.string({
    helpValue: '<url>',
    description: `address of the collector’s dashboard (default: ${dashboardUrl})`,
  }),
  store: Flags.string({
    helpValue: '<file|url>',
    description: 'ask this store, whether or not a collector runs on it; it is only read',
    exclusive: ['url', 'token-file'],
  }),
  'token-file': Flags.string({helpValue: '<file>', description: 'token that the collector asks for'}),
  grain: Flags.option({options: ['day', 'week', 'month'] as const, multiple: true, multipleNonGreedy: true})({
    description: 'what to count over; repeatable (default: week; all with --json and --csv)',
  }),
  series: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<name>',
    description: 'only this question; repeatable',
  }),
  periods: Flags.integer({min: 1, max: 2000, description: 'so many days, weeks or months at most'}),
  'min-cell': Flags.integer({
    min: 1,
    description: `fold groups of fewer clusters (default: what the collector was started with, ${defaults.minCell})`,
  }),
};

export default class Stats extends BaseCommand {
  static override summary = 'Print what a collector knows: active clusters, versions, clouds, sizes, devices.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --grain month --series active --series seldon --csv',
    '<%= config.bin %> <%= command.id %> --store reports-2026-11-22.db',
  ];
  static override flags = {...asked, csv: Flags.boolean({description: 'print CSV', exclusive: ['json']})};

  async run(): Promise<void> {
    const {flags} = await this.parse(Stats);
    const isTable = !flags.json && !flags.csv;
    const {grain = isTable ? (['week'] as const) : undefined, ...rest} = landed<StatsOptions>()(flags, asked);
    const options = {...rest, grain};
    if (flags.csv) return printText(await statsCsv(options, surroundings()));
    const answer = await stats(options, surroundings());
    if (flags.json) printJson(answer);
    else printText(renderStatistics(answer, width(process.stdout), flags.series !== undefined));
  }
}
