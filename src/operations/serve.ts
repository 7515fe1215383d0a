import {hostname} from 'node:os';
import {readToken} from '../collector/access.ts';
import {hostAndPort, isEveryAddress, isLoopback, parseAddress, reachable} from '../collector/address.ts';
import type {Arrived} from '../collector/arrived.ts';
import {senders} from '../collector/client-address.ts';
import {type Collector, startCollector} from '../collector/collector.ts';
import {defaultLimits} from '../collector/ingest.ts';
import {placeOf} from '../collector/place.ts';
import {requireInstalled, sinkAddresses} from '../collector/sink/sinks.ts';
import {readPair, type TlsFiles, watchPair} from '../collector/tls-pair.ts';
import {UserError} from '../errors.ts';
import {type SettingName, type Surroundings, setting, settingList, sharedSettings} from '../settings.ts';
import {bytesOf} from './body-size.ts';

export interface ServeOptions {
  readonly listen?: string | undefined;
  readonly adminListen?: string | undefined;
  readonly adminTokenFile?: string | undefined;
  /** A store, or a sink, for a collector that only passes on. */
  readonly store?: string | undefined;
  /** Where it waits for that. */
  readonly queue?: string | undefined;
  /** Milliseconds that reports are kept. */
  readonly keep: number;
  /** Days that the rows of clusters are kept. */
  readonly keepDays: number;
  /** A quantity of bytes: `16Mi`. */
  readonly maxBody?: string | undefined;
  readonly minCell: number;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly threads?: number | undefined;
  /** Blocks of addresses of proxies that say whom they speak for. */
  readonly trustedProxy?: readonly string[] | undefined;
  /** Blocks of addresses that many senders share. */
  readonly sharedAddress?: readonly string[] | undefined;
  /** New clusters of a network and day that are ranked at once. */
  readonly newClusters?: number | undefined;
  /** What reports are passed on to besides. */
  readonly also?: readonly string[] | undefined;
  /** Reports that may wait for each of them. */
  readonly queueLimit?: number | undefined;
  /** Believe the clock of this machine, although the store says that it is another time. */
  readonly trustClock?: boolean | undefined;
  /** Is given what arrives and is on disk, a bounded number a second, and how many others there are. */
  readonly arrived?: ((arrived: readonly Arrived[], more: number) => void) | undefined;
}

/** A collector at work, and how to reach it. */
export interface Serving extends Collector {
  readonly reportsUrl: string;
  readonly dashboardUrl: string;
  /** Whether one of them listens on every address of the machine: its URL then has the machine's name. */
  readonly everyAddress: boolean;
  readonly storePath: string;
  /** It keeps nothing: its store is the queue of what waits for the sinks. */
  readonly passesOnly: boolean;
  /** What reports are passed on to. */
  readonly sinks: readonly string[];
  /** Reads the certificate again at once, and says what came of it. */
  reread(): void;
}

/** A month is counted together with the one before it: so many days are needed at least. */
const fewestDays = 62;

/**
 * Starts the collector.
 *
 * @param say is given lines for a log: trouble of the store, and its end
 * @throws {UserError} usage or input
 */
export async function serve(
  options: ServeOptions,
  around: Surroundings,
  say: (line: string) => void,
): Promise<Serving> {
  if (options.keepDays < fewestDays) {
    throw new UserError('usage', `--keep-days must be ${fewestDays} or more: months are counted from days.`);
  }
  if (options.minCell < 1) throw new UserError('usage', '--min-cell must be 1 or more.');
  const listen = parseAddress(setting('listen', options.listen, around)!.value, '--listen');
  const address = parseAddress(setting('admin-listen', options.adminListen, around)!.value, '--admin-listen');
  const token = options.adminTokenFile === undefined ? undefined : readToken(options.adminTokenFile, true);
  if (!token && !isLoopback(address)) {
    throw new UserError('usage', 'Statistics for other machines need a token: --admin-token-file.', {
      suggestions: [
        'Make one: (umask 077; head -c 32 /dev/urandom | base64 > token)',
        'Or leave --admin-listen on 127.0.0.1.',
      ],
    });
  }
  const {address: store, sink} = placeOf(options, around);
  const shared = sharedSettings(around);
  if (shared !== undefined) say(shared);
  const files = tlsFiles(options);
  const tls = files && readPair(files);
  const limits = {...defaultLimits, ...(options.maxBody === undefined ? {} : {maxBody: bytesOf(options.maxBody)})};
  const {keep, keepDays, minCell, threads, trustClock, newClusters, arrived} = options;
  const blocks = (name: SettingName, flags: readonly string[] = []) => settingList(name, flags, around)?.value ?? [];
  const addresses = {
    trustedProxies: blocks('trusted-proxy', options.trustedProxy),
    sharedAddresses: blocks('shared-address', options.sharedAddress),
  };
  senders(addresses);
  const sinks = sinkAddresses(blocks('also', options.also), ...(sink ? [sink] : []));
  await requireInstalled(sinks);
  const collector = await startCollector({
    sinks,
    mostWaiting: options.queueLimit,
    ...{listen, store, limits, addresses, tls, threads, trustClock, newClusters, arrived, say},
    keep: {reports: keep, days: keepDays},
    admin: {address, token, tls, minCell},
  });
  const watch = files && tls && watchPair(files, tls, say);
  const adminScheme = tls && !isLoopback(address) ? 'https' : 'http';
  return {
    ...collector,
    reread: () => (watch ? watch.reread() : say('There is nothing to read again: no certificate is used.')),
    async stop() {
      watch?.stop();
      await collector.stop();
    },
    reportsUrl: `${tls ? 'https' : 'http'}://${hostAndPort(reachable(collector.listening, hostname()))}`,
    dashboardUrl: `${adminScheme}://${hostAndPort(reachable(collector.admin, hostname()))}/`,
    everyAddress: isEveryAddress(collector.listening) || isEveryAddress(collector.admin),
    storePath: store.shown,
    passesOnly: store.relay ?? false,
    sinks: sinks.map(({name}) => name),
  };
}

function tlsFiles({tlsCert: cert, tlsKey: key}: ServeOptions): TlsFiles | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return {cert, key};
  throw new UserError('usage', '--tls-cert and --tls-key go together.');
}
