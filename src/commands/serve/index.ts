import {BaseCommand} from '../../cli/base.ts';
import {untilReaderIsGone} from '../../cli/output.ts';
import {printText, say} from '../../cli/print.ts';
import {serveFlags, serveOptions} from '../../cli/serve-flags.ts';
import {untilStopped} from '../../cli/stop.ts';
import {arrivals} from '../../cli/watch.ts';
import {jsonLine} from '../../foreign.ts';
import {type Serving, serve} from '../../operations/serve.ts';
import {renderServing} from '../../render/serve.ts';
import {surroundings} from '../../settings.ts';

export default class Serve extends BaseCommand {
  static override summary = 'Run a collector: take usage reports, keep them, and show what they add up to.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --listen :8443 --tls-cert tls.crt --tls-key tls.key --store sqlite:/var/lib/seldon-usage/reports.db',
  ];
  static override flags = serveFlags;

  async run(): Promise<void> {
    const {flags} = await this.parse(Serve);
    process.umask(0o077);
    const stopped = untilStopped();
    let reread: (() => void) | undefined;
    // Without a listener it would end the program, also while it starts.
    process.on('SIGHUP', () => reread?.());
    const arrived = flags.watch ? arrivals(flags.json ?? false) : undefined;
    const serving = await serve({...serveOptions(flags), arrived}, surroundings(), (line) =>
      process.stderr.write(`${new Date().toISOString()} ${line}\n`),
    );
    reread = serving.reread;
    announce(serving, flags.json ?? false);
    // Who watches what arrives has the collector for that; others never look at its output again.
    const ends = flags.watch ? [stopped, serving.died, untilReaderIsGone()] : [stopped, serving.died];
    await Promise.race(ends);
    await serving.stop();
  }
}

/** Says where the collector is reached: the result, but for where reports are passed on to standard output. */
function announce(serving: Serving, isJson: boolean): void {
  const {reportsUrl: reports, dashboardUrl: dashboard, storePath, passesOnly, sinks} = serving;
  const told = isJson
    ? jsonLine({
        reports,
        hodometer: `${reports}/track`,
        ...{dashboard, [passesOnly ? 'queue' : 'store']: storePath},
        sinks: sinks.length > 0 ? sinks : undefined,
      })
    : renderServing(serving);
  if (sinks.includes('stdout')) process.stderr.write(`${told}\n`);
  else if (isJson) printText(`${told}\n`);
  else say(told);
}
