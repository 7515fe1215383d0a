import * as Flags from '@oclif/core/flags';

/** The store of the collector, the same for every command about it. */
export const storeFlag = {
  store: Flags.string({
    helpValue: 'sqlite:<path>',
    description: 'store of the collector, instead of reports.db in the XDG data directory',
  }),
};
