import * as Flags from '@oclif/core/flags';
import {clusterFlags} from './cluster-flags.ts';

const helm = {helpGroup: 'HELM'};

/** Flags of every command that looks for a Helm release. */
export const releaseFlags = {
  release: Flags.string({...helm, helpValue: '<name>', description: 'name of the release, where there are several'}),
  ...clusterFlags,
};

/** Flags of every command that changes a Helm release. */
export const changeFlags = {
  helm: Flags.string({...helm, helpValue: '<program>', description: 'Helm 3 or 4 to use instead of the one in PATH'}),
  'accept-unmarked': Flags.string({
    ...helm,
    multiple: true,
    helpValue: '<kind/name>',
    description: "take a live object without Helm's marks, made before Helm 3.2, for the release's; repeatable",
  }),
  'dry-run': Flags.boolean({description: 'stop after the rehearsal on the server; nothing is written'}),
  ...releaseFlags,
};

/** For commands that may turn the usage metrics on. */
export const imageFlags = {
  'accept-image': Flags.string({
    ...helm,
    helpValue: '<reference>',
    description: "accept this image of the volunteer, a mirror, besides the chart's own; the whole reference",
  }),
};
