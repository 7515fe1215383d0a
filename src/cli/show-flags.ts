import * as Flags from '@oclif/core/flags';
import {reportFlags} from './report-flags.ts';

/** Lands as it is. */
export const destinationFlag = {
  url: Flags.string({
    helpValue: '<url>',
    multiple: true,
    multipleNonGreedy: true,
    description: 'collector it would be sent to; repeatable',
  }),
};

/** The flags of show: how it is shown, for whom, and those of a report. */
export const showFlags = {
  explain: Flags.boolean({
    description: 'every field with its values here, why it is sent and where it comes from',
    exclusive: ['json'],
  }),
  diff: Flags.boolean({
    description: 'what changed since the last report that was sent from here',
    exclusive: ['explain', 'json'],
  }),
  'all-nodes': Flags.boolean({description: 'list every node instead of groups of alike ones'}),
  ...destinationFlag,
  ...reportFlags,
};
