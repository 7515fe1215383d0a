import * as Flags from '@oclif/core/flags';
import {BaseCommand} from '../../cli/base.ts';
import {duration} from '../../cli/flags.ts';
import {printJson, say} from '../../cli/print.ts';
import {untilStopped} from '../../cli/stop.ts';
import {storeFlag} from '../../cli/store-flag.ts';
import {serve} from '../../operations/serve.ts';
import {renderServing} from '../../render/serve.ts';
import {surroundings} from '../../settings.ts';

const day = 24 * 3_600_000;

export default class Serve extends BaseCommand {
  static override summary = 'Run a collector: take usage reports, keep them, and show what they add up to.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --listen :8443 --tls-cert tls.crt --tls-key tls.key --store sqlite:/var/lib/seldon-usage/reports.db',
  ];
  static override flags = {
    listen: Flags.string({helpValue: '<host:port>', description: 'take reports here (default: 127.0.0.1:8080)'}),
    'tls-cert': Flags.string({helpValue: '<file>', description: 'certificate for HTTPS, PEM'}),
    'tls-key': Flags.string({helpValue: '<file>', description: 'its key, PEM'}),
    'max-body': Flags.string({
      helpValue: '<bytes>',
      description: 'largest report, also after unpacking (default: 16Mi)',
    }),
    'admin-listen': Flags.string({
      helpValue: '<host:port>',
      description: 'show statistics here (default: 127.0.0.1:9090)',
    }),
    'admin-token-file': Flags.string({
      helpValue: '<file>',
      description: 'ask for this token; needed beyond loopback',
    }),
    'min-cell': Flags.integer({default: 10, description: 'fold groups of fewer clusters in what is exported'}),
    ...storeFlag,
    keep: duration({default: 30 * day, defaultHelp: async () => '720h', description: 'keep reports so long'}),
    'keep-days': Flags.integer({default: 400, description: 'keep one row per cluster and day for so many days'}),
    'trusted-proxy': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '<cidr>',
      description: 'believe X-Forwarded-For and the PROXY protocol from these addresses (repeatable)',
    }),
    'shared-address': Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '<cidr>',
      description: 'many senders share these addresses: no limits for each (repeatable)',
    }),
    'trust-clock': Flags.boolean({
      description: 'believe the clock of this machine at once, although the store says that it is another time',
    }),
    'new-clusters': Flags.integer({
      min: 1,
      helpValue: '<number>',
      description:
        'rank the values of so many new clusters of a network (IPv4 address, IPv6 /48) and day at once (default: 100); the others from their second day on',
    }),
    threads: Flags.integer({min: 1, max: 64, description: 'threads that take reports (default: up to 2)'}),
  };

  async run(): Promise<void> {
    const {flags} = await this.parse(Serve);
    process.umask(0o077);
    const stopped = untilStopped();
    let reread: (() => void) | undefined;
    // Without a listener it would end the program, also while it starts.
    process.on('SIGHUP', () => reread?.());
    const {listen, store, keep, threads} = flags;
    const serving = await serve(
      {
        ...{
          listen,
          store,
          keep,
          threads,
          keepDays: flags['keep-days'],
          minCell: flags['min-cell'],
          trustClock: flags['trust-clock'],
          newClusters: flags['new-clusters'],
        },
        ...{adminListen: flags['admin-listen'], adminTokenFile: flags['admin-token-file']},
        ...{tlsCert: flags['tls-cert'], tlsKey: flags['tls-key'], maxBody: flags['max-body']},
        ...{trustedProxies: flags['trusted-proxy'], sharedAddresses: flags['shared-address']},
      },
      surroundings(),
      (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`),
    );
    reread = serving.reread;
    const {reportsUrl: reports, dashboardUrl: dashboard, storePath} = serving;
    if (flags.json) printJson({reports, dashboard, store: storePath});
    else say(renderServing(serving));
    await Promise.race([stopped, serving.died]);
    await serving.stop();
  }
}
