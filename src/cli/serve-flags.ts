import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {parseDuration} from '../host/duration.ts';
import type {ServeOptions} from '../operations/serve.ts';
import {defaults} from '../settings.ts';
import {duration} from './flags.ts';
import {landed, settingHelp} from './landing.ts';
import {placeFlags} from './store-flag.ts';

/** Flags of `serve`. */
export const serveFlags = {
  listen: Flags.string({helpValue: '<host:port>', description: settingHelp('listen')}),
  'tls-cert': Flags.string({helpValue: '<file>', description: 'certificate for HTTPS, PEM'}),
  'tls-key': Flags.string({helpValue: '<file>', description: 'its key, PEM'}),
  'max-body': Flags.string({
    helpValue: '<bytes>',
    description: `largest report, also after unpacking (default: ${defaults.maxBody})`,
  }),
  'admin-listen': Flags.string({
    helpValue: '<host:port>',
    description: settingHelp('admin-listen'),
  }),
  'admin-token-file': Flags.string({
    helpValue: '<file>',
    description: 'ask for this token; needed beyond loopback',
  }),
  'min-cell': Flags.integer({
    default: defaults.minCell,
    description: 'fold groups of fewer clusters in what is exported',
  }),
  ...placeFlags,
  keep: duration({default: parseDuration(defaults.keep), description: 'keep reports so long'}),
  'keep-days': Flags.integer({
    default: defaults.keepDays,
    description: 'keep one row per cluster and day for so many days',
  }),
  'trusted-proxy': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<cidr>',
    description: settingHelp('trusted-proxy'),
  }),
  'shared-address': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<cidr>',
    description: settingHelp('shared-address'),
  }),
  also: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<url>',
    description: settingHelp('also'),
  }),
  'queue-limit': Flags.integer({
    min: 1000,
    helpValue: '<number>',
    description: `reports that may wait for each of them; of more the oldest are dropped there, unless nobody else has them: then more are answered with 503 (default: ${defaults.queueLimit})`,
  }),
  'trust-clock': Flags.boolean({
    description: 'believe the clock of this machine at once, although the store says that it is another time',
  }),
  'new-clusters': Flags.integer({
    min: 1,
    helpValue: '<number>',
    description: `rank the values of so many new clusters of a network (IPv4 address, IPv6 /48) and day at once (default: ${defaults.newClusters}); the others from their second day on`,
  }),
  watch: Flags.boolean({
    description: 'print what arrives, once it is on disk: of Seldon Core 2 each property and what it means',
  }),
  threads: Flags.integer({min: 1, max: 64, description: 'threads that take reports (default: up to 2)'}),
};

/** What the flags say. */
export function serveOptions(flags: Interfaces.InferredFlags<typeof serveFlags>): ServeOptions {
  // What arrives is printed by the command itself.
  const {watch: _, ...definition} = serveFlags;
  return landed<ServeOptions>()(flags, definition);
}
