import * as Flags from '@oclif/core/flags';
import {settingHelp} from './landing.ts';

/** The store of the collector, the same for every command about it. */
export const storeFlag = {
  store: Flags.string({
    helpValue: '<sqlite:path|postgres:url>',
    description: 'store of the collector: sqlite:PATH or postgres://…, instead of reports.db in the XDG data directory',
  }),
};

/** The same where a collector may have no store, but only pass on. */
export const placeFlags = {
  store: Flags.string({
    helpValue: '<sqlite:path|postgres:url|sink>',
    description: settingHelp('store'),
  }),
  queue: Flags.string({
    helpValue: '<sqlite:path>',
    description: settingHelp('queue'),
  }),
};
