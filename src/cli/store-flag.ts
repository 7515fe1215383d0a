import * as Flags from '@oclif/core/flags';

/** The store of the collector, the same for every command about it. */
export const storeFlag = {
  store: Flags.string({
    helpValue: '<sqlite:path|postgres:url>',
    description: 'store of the collector: sqlite:PATH or postgres://…, instead of reports.db in the XDG data directory',
  }),
};
